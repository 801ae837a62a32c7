"""KMS through boto3: keys, aliases, data keys, signatures and codes."""

import hashlib


def check_encrypt_decrypt(aws):
    key = aws.kms.create_key(Description="boto")["KeyMetadata"]
    aws.kms.create_alias(AliasName="alias/boto", TargetKeyId=key["KeyId"])
    context = {"tenant": "ä"}
    sealed = aws.kms.encrypt(KeyId="alias/boto", Plaintext=b"secret", EncryptionContext=context)
    assert sealed["KeyId"] == key["Arn"], sealed
    opened = aws.kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=context)
    assert opened["Plaintext"] == b"secret", opened
    try:
        aws.kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"])
        raise AssertionError("a ciphertext was opened without its context")
    except aws.kms.exceptions.InvalidCiphertextException:
        pass
    made = aws.kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256")
    assert aws.kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]
    pages = aws.kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 1})
    assert key["KeyId"] in [one["KeyId"] for page in pages for one in page["Keys"]]


def check_sign_and_verify(aws):
    key = aws.kms.create_key(KeySpec="ECC_SECG_P256K1", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    asked = {
        "KeyId": key,
        "Message": hashlib.sha256(b"hello").digest(),
        "MessageType": "DIGEST",
        "SigningAlgorithm": "ECDSA_SHA_256",
    }
    signature = aws.kms.sign(**asked)["Signature"]
    assert aws.kms.verify(Signature=signature, **asked)["SignatureValid"] is True
    try:
        aws.kms.verify(Signature=signature, **{**asked, "Message": bytes(32)})
        raise AssertionError("a signature was good for another message")
    except aws.kms.exceptions.KMSInvalidSignatureException:
        pass


def check_macs(aws):
    key = aws.kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    asked = {"KeyId": key, "Message": b"hello", "MacAlgorithm": "HMAC_SHA_256"}
    mac = aws.kms.generate_mac(**asked)["Mac"]
    assert len(mac) == 32 and aws.kms.verify_mac(Mac=mac, **asked)["MacValid"] is True
