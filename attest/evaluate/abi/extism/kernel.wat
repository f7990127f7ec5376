;; The memory half of the Extism host interface (extism/extism, kernel/src/lib.rs), as a module that
;; is linked beside a policy. It owns a memory of its own: policies reach it only through these
;; functions. Blocks are never reused: one instance serves one evaluation.
;;
;; A block is 8 bytes of length, then its content; pointers name the content. Reading outside gives
;; zero and writing outside does nothing, as in Extism's kernel. What a policy sets as its output or
;; error is only noted: the host checks it before it reads.
(module
  (memory (export "memory") 1)
  (global $top (mut i64) (i64.const 16))
  (global $input (mut i64) (i64.const 0))
  (global $input_size (mut i64) (i64.const 0))
  (global $output (mut i64) (i64.const 0))
  (global $output_size (mut i64) (i64.const 0))
  (global $error (mut i64) (i64.const 0))
  (global $full (mut i32) (i32.const 0))

  ;; Whether $size bytes at $at lie inside what was allocated.
  (func $inside (param $at i64) (param $size i64) (result i32)
    (if (i64.gt_u (local.get $at) (global.get $top)) (then (return (i32.const 0))))
    (i64.le_u (local.get $size) (i64.sub (global.get $top) (local.get $at))))

  ;; Note that there was no room: a policy that does not look would lose what it meant to say.
  (func $refuse (result i64)
    (global.set $full (i32.const 1))
    (i64.const 0))

  ;; 0 when the size is 0 or there is no room.
  (func (export "alloc") (param $size i64) (result i64)
    (local $at i64) (local $end i64) (local $pages i64)
    (if (i64.eqz (local.get $size)) (then (return (i64.const 0))))
    (if (i64.gt_u (local.get $size) (i64.const 0x7fffffff)) (then (return (call $refuse))))
    (local.set $at (i64.add (global.get $top) (i64.const 8)))
    (local.set $end
      (i64.and (i64.add (i64.add (local.get $at) (local.get $size)) (i64.const 7)) (i64.const -8)))
    (if (i64.gt_u (local.get $end) (i64.const 0xffffffff)) (then (return (call $refuse))))
    (local.set $pages (i64.extend_i32_u (memory.size)))
    (if (i64.gt_u (local.get $end) (i64.shl (local.get $pages) (i64.const 16)))
      (then
        (local.set $pages
          (i64.sub
            (i64.shr_u (i64.add (local.get $end) (i64.const 65535)) (i64.const 16))
            (local.get $pages)))
        (if (i32.eq (memory.grow (i32.wrap_i64 (local.get $pages))) (i32.const -1))
          (then (return (call $refuse))))))
    (i64.store (i32.wrap_i64 (i64.sub (local.get $at) (i64.const 8))) (local.get $size))
    (global.set $top (local.get $end))
    (local.get $at))

  (func (export "free") (param i64))

  (func $length (export "length") (param $at i64) (result i64)
    (if (i64.lt_u (local.get $at) (i64.const 24)) (then (return (i64.const 0))))
    (if (i64.ge_u (local.get $at) (global.get $top)) (then (return (i64.const 0))))
    (i64.load (i32.wrap_i64 (i64.sub (local.get $at) (i64.const 8)))))

  (func (export "length_unsafe") (param $at i64) (result i64)
    (call $length (local.get $at)))

  (func (export "load_u8") (param $at i64) (result i32)
    (if (i32.eqz (call $inside (local.get $at) (i64.const 1))) (then (return (i32.const 0))))
    (i32.load8_u (i32.wrap_i64 (local.get $at))))

  (func (export "load_u64") (param $at i64) (result i64)
    (if (i32.eqz (call $inside (local.get $at) (i64.const 8))) (then (return (i64.const 0))))
    (i64.load (i32.wrap_i64 (local.get $at))))

  (func (export "store_u8") (param $at i64) (param $value i32)
    (if (call $inside (local.get $at) (i64.const 1))
      (then (i32.store8 (i32.wrap_i64 (local.get $at)) (local.get $value)))))

  (func (export "store_u64") (param $at i64) (param $value i64)
    (if (call $inside (local.get $at) (i64.const 8))
      (then (i64.store (i32.wrap_i64 (local.get $at)) (local.get $value)))))

  (func (export "input_set") (param $at i64) (param $size i64)
    (global.set $input (local.get $at))
    (global.set $input_size (local.get $size)))

  (func (export "input_length") (result i64) (global.get $input_size))
  (func (export "input_offset") (result i64) (global.get $input))

  (func (export "input_load_u8") (param $index i64) (result i32)
    (if (i64.ge_u (local.get $index) (global.get $input_size)) (then (return (i32.const 0))))
    (i32.load8_u (i32.wrap_i64 (i64.add (global.get $input) (local.get $index)))))

  (func (export "input_load_u64") (param $index i64) (result i64)
    (if (i64.lt_u (global.get $input_size) (i64.const 8)) (then (return (i64.const 0))))
    (if (i64.gt_u (local.get $index) (i64.sub (global.get $input_size) (i64.const 8)))
      (then (return (i64.const 0))))
    (i64.load (i32.wrap_i64 (i64.add (global.get $input) (local.get $index)))))

  (func (export "output_set") (param $at i64) (param $size i64)
    (global.set $output (local.get $at))
    (global.set $output_size (local.get $size)))

  (func (export "output_offset") (result i64) (global.get $output))
  (func (export "output_length") (result i64) (global.get $output_size))

  (func (export "error_set") (param $at i64) (global.set $error (local.get $at)))
  (func (export "error_get") (result i64) (global.get $error))

  (func (export "full") (result i32) (global.get $full))

  (func (export "memory_bytes") (result i64)
    (i64.shl (i64.extend_i32_u (memory.size)) (i64.const 16))))
