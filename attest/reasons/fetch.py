"""Reason codes of the fetch stage.

4 for what lies, 5 for what fails, 2 for what was asked wrongly.
"""

from __future__ import annotations

from attest.reasons.reason import Reason

_ASKED = {
    "FILE_NOT_FOUND": Reason(
        2,
        "A file or folder that was named does not exist.",
        "Check the path; paths in a plan are relative to the file that holds them.",
    ),
    "FILE_NOT_REGULAR": Reason(
        2,
        "A path that should be a file is a folder, a device, a pipe or a socket.",
        "Name a regular file; a folder is written dir:PATH.",
    ),
    "TAG_UNPINNED": Reason(
        2,
        "A reference has a tag and no digest, and a tag may name something else tomorrow.",
        "Append the digest: REFERENCE@sha256:HEX.",
    ),
    "DIGEST_REQUIRED": Reason(
        2,
        "A reference to a registry, a layout or a URL carries no digest.",
        "Append the digest: REFERENCE@sha256:HEX.",
    ),
    "REFERENCE_MALFORMED": Reason(
        2,
        "A reference does not have the form that its scheme asks for.",
        "Write oci:HOST/REPOSITORY@sha256:HEX, oci-layout:DIR@sha256:HEX, dir:DIR or a path.",
    ),
    "SCHEME_UNSUPPORTED": Reason(
        2,
        "This kind of thing cannot be had from a reference of this scheme.",
        "Use one of the schemes that the message names.",
    ),
    "MANIFEST_IS_INDEX": Reason(
        2,
        "The digest names an index of several manifests, not the manifest of one policy bundle.",
        "Pin the digest of one manifest that the index lists.",
    ),
    "NETWORK_UNUSABLE": Reason(
        2,
        "What the plan says about the network cannot be used: a certificate, a key or a proxy.",
        "Check the files and the URL that `network` names; keys must not need a password.",
    ),
    "ENVIRONMENT_MISSING": Reason(
        2,
        "The plan names an environment variable for a password or a proxy, and it is not set.",
        "Set the variable where attest runs, or take its name out of `network`.",
    ),
    "TUF_ROOT_INVALID": Reason(
        2,
        "The root metadata that a TUF repository's keys are to be believed from is none.",
        "Give the root.json that the repository's operator hands out, by another way.",
    ),
}

_LIES = {
    "DIGEST_MISMATCH": Reason(
        4,
        "The bytes are not those that a digest, or a signature over a digest, names.",
        "Somebody changed the content, or the pin is wrong. Find out which, then move the pin.",
    ),
    "SIZE_MISMATCH": Reason(
        4,
        "The content is longer or shorter than its descriptor says.",
        "The registry or layout is damaged or hostile; push the content again.",
    ),
    "MANIFEST_MALFORMED": Reason(
        4,
        "A manifest or index is not what the OCI image specification describes.",
        "Push it again with a conforming tool.",
    ),
    "MANIFEST_AMBIGUOUS": Reason(
        4,
        "A manifest holds both layers and manifests, so two readers may see two different things.",
        "Push it again with a conforming tool; suspect its author.",
    ),
    "MANIFEST_UNSUPPORTED": Reason(
        4,
        "A manifest has a media type that attest does not read.",
        "Push it as an OCI image manifest.",
    ),
    "MEDIA_TYPE_MISMATCH": Reason(
        4,
        "A manifest says it is of one media type and was served or listed as another.",
        "Push it again; suspect whoever stands between the author and you.",
    ),
    "MANIFEST_TOO_LARGE": Reason(
        4,
        "A manifest exceeds the limit on its bytes, or on the number of its layers.",
        "Split the bundle.",
    ),
    "BLOB_TOO_LARGE": Reason(
        4,
        "A blob, or all blobs of a manifest together, exceed the limit.",
        "Split the bundle, or keep large content out of it.",
    ),
    "FILE_TOO_LARGE": Reason(
        4,
        "A file exceeds the limit on what is read into memory.",
        "Evidence this large is refused unread; sign a summary instead.",
    ),
    "LAYOUT_MALFORMED": Reason(
        4,
        "A folder or tar file is not an OCI image layout of version 1.0.0.",
        'It needs a file oci-layout that holds {"imageLayoutVersion":"1.0.0"}, index.json, blobs/.',
    ),
    "REFERRER_SUBJECT": Reason(
        4,
        "A manifest is listed as attached to an artifact, and says that it is about another.",
        "Attach it again with a conforming tool; suspect whoever may write to the registry.",
    ),
    "NOTARY_UNSUPPORTED": Reason(
        4,
        "A Notary signature is not supported, and not trusted.",
        "Sign with a tool that writes Sigstore bundles, such as cosign v3.",
    ),
    "TUF_REFUSED": Reason(
        4,
        "A TUF repository's metadata is not signed as it must be, is older than what it showed"
        " before, or is about other bytes.",
        "Suspect the repository or whoever stands between; what is there was not replaced.",
    ),
    "TUF_TARGET": Reason(
        4,
        "What a TUF repository vouches for as its trust root is no trusted_root.json.",
        "Check the URL; ask the repository's operator.",
    ),
    "LINK_REFUSED": Reason(
        4,
        "A symbolic link in a folder of evidence leads out of it, or nowhere.",
        "Replace the link by the file.",
    ),
    "ENTRY_NOT_REGULAR": Reason(
        4,
        "A folder of evidence holds a device, a pipe or a socket.",
        "Remove it.",
    ),
    "ENTRY_NAME_REFUSED": Reason(
        4,
        "A file name in a folder of evidence is not UTF-8, so no report can name it.",
        "Rename the file.",
    ),
}

_FAILS = {
    "TUF_EXPIRED": Reason(
        5,
        "A TUF repository's metadata has expired: somebody holds newer metadata back, or nobody"
        " signs it any more.",
        "Check the clock and try another network; then ask the repository's operator.",
    ),
    "TUF_STATE": Reason(
        5,
        "The folder that keeps a TUF repository's metadata cannot be read or written.",
        "Check its permissions, or name another with --state.",
    ),
    "FILE_UNREADABLE": Reason(
        5,
        "A file or folder exists and could not be read.",
        "Check permissions and the disk.",
    ),
    "FOLDER_TOO_LARGE": Reason(
        5,
        "A folder of evidence exceeds the limits on files, depth or bytes, so it cannot be listed.",
        "Name a folder that holds evidence alone.",
    ),
    "NOT_FOUND": Reason(
        5,
        "The registry, layout or server does not have this content.",
        "Check host, repository and digest; some registries answer so when access is denied.",
    ),
    "OFFLINE": Reason(
        5,
        "The run is offline and this reference needs the network.",
        "Run without --offline, or copy the content into an OCI layout first.",
    ),
    "REGISTRY_UNREACHABLE": Reason(
        5,
        "No connection, or the connection broke.",
        "Check the network and the host name; then run again.",
    ),
    "REGISTRY_UNTRUSTED": Reason(
        5,
        "The server does not prove by its certificate that it is the host that was named.",
        "Check the host name, and whether the system trusts the authority of its certificate.",
    ),
    "TLS_FAILED": Reason(
        5,
        "No TLS connection came about, though not because of the server's certificate.",
        "The server may want a client certificate (`network.hosts`), or speak no TLS at all.",
    ),
    "PROXY_FAILED": Reason(
        5,
        "The proxy that the plan names did not let a connection through.",
        "Check `network.proxy`, and what the proxy allows.",
    ),
    "RATE_LIMITED": Reason(
        5,
        "The server goes on answering that it is asked too often.",
        "Run again later; many registries allow more to those who log in.",
    ),
    "WRITE_FAILED": Reason(
        5,
        "What was fetched could not be written; nothing of it is taken for whole.",
        "Make room on the disk, or name a folder that can be written.",
    ),
    "REGISTRY_FAILED": Reason(
        5,
        "The server answered with an error, or with something the protocol does not allow.",
        "Run again later; if it stays so, ask the registry's operator.",
    ),
    "REGISTRY_DENIED": Reason(
        5,
        "The registry refused access.",
        "Log in with `docker login` (helpers are not run), or name variables in `network.hosts`.",
    ),
    "REALM_REFUSED": Reason(
        5,
        "The registry sends its clients for a token to a place where credentials must not go.",
        "Suspect the registry; a realm that is meant is named as `token_realm` in `network.hosts`.",
    ),
    "CREDENTIALS_UNREADABLE": Reason(
        5,
        "The registry asks for credentials, and those that are kept for it cannot be read or sent.",
        "Repair the file of `docker login` or `podman login`, or the variables that the plan has.",
    ),
    "REDIRECT_REFUSED": Reason(
        5,
        "A redirect leads to plain HTTP, to a private address, or on and on.",
        "Suspect the server; ask its operator.",
    ),
    "CONTENT_ENCODED": Reason(
        5,
        "The server compressed a response that was asked for as it is.",
        "Turn off compression in the proxy or server between.",
    ),
    "BODY_TRUNCATED": Reason(
        5,
        "A response ended before its announced length.",
        "Run again.",
    ),
    "FETCH_TIMEOUT": Reason(
        5,
        "A server did not answer, or answered so slowly that the deadline passed.",
        "Run again; then look at the server.",
    ),
    "DISCOVERY_INCOMPLETE": Reason(
        5,
        "What is attached to an artifact could not be listed to its end.",
        "Run again; an incomplete list is never taken for an empty one.",
    ),
    "DISCOVERY_LOOP": Reason(
        5,
        "The pages of a registry's list of referrers lead round in a circle.",
        "Suspect the registry; an incomplete list is never taken for an empty one.",
    ),
    "DISCOVERY_TOO_MANY": Reason(
        5,
        "More is attached to an artifact than the limits allow, so the list is never whole.",
        "Remove what is not needed; strangers may have filled the repository.",
    ),
}

_LISTED = {
    "NOTHING_ATTACHED": Reason(
        0,
        "A registry or layout says with authority that nothing is attached to the artifact.",
        "Nothing to do; it is listed so that nobody takes it for a search that was left out.",
    ),
    "NOTHING_ATTESTED": Reason(
        0,
        "An attestation API says with authority that it holds nothing about the artifact.",
        "Nothing to do; it is listed so that nobody takes it for a question that was left out.",
    ),
    "NOT_ASKED": Reason(
        0,
        "An attestation API knows artifacts by their SHA-256, and this one has another digest.",
        "Name the artifact by a path or by its SHA-256.",
    ),
    "NOT_IN_REGISTRY": Reason(
        0,
        "Nothing can be discovered beside an artifact that is a file or a digest alone.",
        "Name the artifact as oci:HOST/REPOSITORY@sha256:HEX to look beside it.",
    ),
}

FETCH: dict[str, Reason] = {**_ASKED, **_LIES, **_FAILS, **_LISTED}
