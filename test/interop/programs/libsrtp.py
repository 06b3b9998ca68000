"""One end of an SRTP connection by libsrtp.

Reads JSON from stdin: the profile ("aesCmSha1" or "aeadAesGcm"), the keys of both directions (hex, master key and salt), and a list of
operations, each with a packet (hex). Prints a JSON list of the resulting packets (hex), null for those that libsrtp rejects.
"""

import json
import sys

from pylibsrtp import Error, Policy, Session

PROFILES = {
    "aesCmSha1": Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    "aeadAesGcm": Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
}

options = json.load(sys.stdin)


def session(key: str, ssrc_type: int) -> Session:
    profile = PROFILES[options["profile"]]
    return Session(Policy(key=bytes.fromhex(key), ssrc_type=ssrc_type, srtp_profile=profile))


outbound = session(options["localKey"], Policy.SSRC_ANY_OUTBOUND)
inbound = session(options["remoteKey"], Policy.SSRC_ANY_INBOUND)
operations = {
    "protectRtp": outbound.protect,
    "protectRtcp": outbound.protect_rtcp,
    "unprotectRtp": inbound.unprotect,
    "unprotectRtcp": inbound.unprotect_rtcp,
}
results = []
for operation, packet in options["operations"]:
    try:
        results.append(operations[operation](bytes.fromhex(packet)).hex())
    except Error:
        results.append(None)
print(json.dumps(results))
