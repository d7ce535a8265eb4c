/* The software UKey's SM2 functions: part of drive-skf.c. */
#include "skf-common.h"

static void signing(HANDLE device, HANDLE application, HANDLE container) {
  BYTE digest[32];
  ECCPUBLICKEYBLOB key, exported;
  ECCSIGNATUREBLOB signature;
  ECCPRIVATEKEYBLOB given = { .BitLen = 256 };
  RSAPUBLICKEYBLOB rsa;
  ULONG size = sizeof exported, type;
  memset(digest, 0x5A, sizeof digest);
  EXPECT(SAR_KEYNOTFOUNTERR, SKF_ECCSignData(container, digest, 32, &signature));
  EXPECT(SAR_NOTSUPPORTYETERR, SKF_GenECCKeyPair(container, SGD_SM2_3, &key));
  OK(SKF_GenECCKeyPair(container, SGD_SM2_1, &key));
  OK(SKF_GetContainerType(container, &type));
  EXPECT(CONTAINER_ECC, type);
  EXPECT(SAR_KEYINFOTYPEERR, SKF_GenRSAKeyPair(container, 2048, &rsa));
  OK(SKF_ExportPublicKey(container, 1, (BYTE *)&exported, &size));
  CHECK(size == sizeof key && memcmp(&key, &exported, size) == 0 && key.BitLen == 256 && key.XCoordinate[0] == 0);
  OK(SKF_ECCSignData(container, digest, 32, &signature));
  OK(SKF_ECCVerify(device, &key, digest, 32, &signature));
  OK(SKF_ExtECCVerify(device, &key, digest, 32, &signature));
  EXPECT(SAR_INDATALENERR, SKF_ECCSignData(container, digest, 20, &signature));
  digest[0] ^= 1;
  EXPECT(SAR_FAIL, SKF_ECCVerify(device, &key, digest, 32, &signature));
  exported.YCoordinate[63] ^= 1;
  EXPECT(SAR_INDATAERR, SKF_ECCVerify(device, &exported, digest, 32, &signature));
  memcpy(given.PrivateKey + 32, known_scalar, 32);
  exported = known_key();
  OK(SKF_ExtECCSign(device, &given, digest, 32, &signature));
  OK(SKF_ECCVerify(device, &exported, digest, 32, &signature));
  memset(given.PrivateKey, 0, sizeof given.PrivateKey);
  EXPECT(SAR_INDATAERR, SKF_ExtECCSign(device, &given, digest, 32, &signature));
  OK(SKF_ClearSecureState(application));
  EXPECT(SAR_USER_NOT_LOGGED_IN, SKF_ECCSignData(container, digest, 32, &signature));
  EXPECT(SAR_USER_NOT_LOGGED_IN, SKF_GenECCKeyPair(container, SGD_SM2_1, &key));
  OK(SKF_VerifyPIN(application, USER_TYPE, user_pin, &type));
}

/* Takes an encryption pair in, in each of the forms that are about, and refuses one that was altered. */
static void import(HANDLE device, HANDLE container) {
  ECCPUBLICKEYBLOB signing, known = known_key(), exported;
  ULONG size = sizeof signing;
  envelope_t envelope;
  OK(SKF_ExportPublicKey(container, 1, (BYTE *)&signing, &size));
  enclose(device, &signing, known_scalar, &known, 32, &envelope);
  envelope.blob.cbEncryptedPriKey[40] ^= 1;
  EXPECT(SAR_INDATAERR, SKF_ImportECCKeyPair(container, &envelope.blob));
  enclose(device, &signing, known_scalar, &known, 32, &envelope);
  envelope.blob.ECCCipherBlob.HASH[0] ^= 1;
  EXPECT(SAR_INDATAERR, SKF_ImportECCKeyPair(container, &envelope.blob));
  enclose(device, &signing, known_scalar, &signing, 32, &envelope);
  EXPECT(SAR_INDATAERR, SKF_ImportECCKeyPair(container, &envelope.blob));
  enclose(device, &known, known_scalar, &known, 32, &envelope);
  EXPECT(SAR_INDATAERR, SKF_ImportECCKeyPair(container, &envelope.blob));
  EXPECT(SAR_INVALIDPARAMERR, SKF_ImportECCKeyPair(container, NULL));
  size = sizeof exported;
  EXPECT(SAR_KEYNOTFOUNTERR, SKF_ExportPublicKey(container, 0, (BYTE *)&exported, &size));
  for (int at = 0; at <= 32; at += 32) {
    enclose(device, &signing, known_scalar, &known, at, &envelope);
    OK(SKF_ImportECCKeyPair(container, &envelope.blob));
    OK(SKF_ExportPublicKey(container, 0, (BYTE *)&exported, &size));
    CHECK(memcmp(&known, &exported, sizeof known) == 0);
  }
  envelope.blob.ulSymmAlgID = SGD_SM4_CBC; /* as some callers name it, with ECB within */
  OK(SKF_ImportECCKeyPair(container, &envelope.blob));
  envelope.blob.ulSymmAlgID = 0x101;
  EXPECT(SAR_NOTSUPPORTYETERR, SKF_ImportECCKeyPair(container, &envelope.blob));
}

static void encryption(HANDLE device, HANDLE container) {
  ECCPUBLICKEYBLOB key = known_key();
  ECCPRIVATEKEYBLOB secret = { .BitLen = 256 };
  BYTE plain[64];
  ULONG size = sizeof plain;
  cipher_t cipher;
  memcpy(secret.PrivateKey + 32, known_scalar, 32);
  OK(SKF_ExtECCEncrypt(device, &key, (const BYTE *)"secret", 6, &cipher.blob));
  EXPECT(6, cipher.blob.CipherLen);
  EXPECT(SAR_INDATALENERR, SKF_ExtECCEncrypt(device, &key, plain, 0, &cipher.blob));
  OK(SKF_ECCDecrypt(container, &cipher.blob, NULL, &size));
  EXPECT(6, size);
  size = 5;
  EXPECT(SAR_BUFFER_TOO_SMALL, SKF_ECCDecrypt(container, &cipher.blob, plain, &size));
  OK(SKF_ECCDecrypt(container, &cipher.blob, plain, &size));
  CHECK(size == 6 && memcmp(plain, "secret", 6) == 0);
  memset(plain, 0, sizeof plain);
  OK(SKF_ExtECCDecrypt(device, &secret, &cipher.blob, plain, &size));
  CHECK(size == 6 && memcmp(plain, "secret", 6) == 0);
  cipher.blob.Cipher[0] ^= 1;
  EXPECT(SAR_INDATAERR, SKF_ECCDecrypt(container, &cipher.blob, plain, &size));
}

static void same_key(HANDLE a, HANDLE b) {
  BLOCKCIPHERPARAM parameter = { .PaddingType = PKCS5_PADDING };
  BYTE data[64], text[64];
  ULONG size = sizeof data, length = sizeof text;
  OK(SKF_EncryptInit(a, parameter));
  OK(SKF_Encrypt(a, (const BYTE *)"agreed", 6, data, &size));
  OK(SKF_DecryptInit(b, parameter));
  OK(SKF_Decrypt(b, data, size, text, &length));
  CHECK(length == 6 && memcmp(text, "agreed", 6) == 0);
  OK(SKF_CloseHandle(a));
  OK(SKF_CloseHandle(b));
}

static void session_keys(HANDLE container) {
  ECCPUBLICKEYBLOB key = known_key();
  HANDLE out, in;
  cipher_t cipher;
  OK(SKF_ECCExportSessionKey(container, SGD_SM4_ECB, &key, &cipher.blob, &out));
  EXPECT(16, cipher.blob.CipherLen);
  EXPECT(SAR_NOTSUPPORTYETERR, SKF_ECCExportSessionKey(container, 0x101, &key, &cipher.blob, &in));
  EXPECT(SAR_INDATALENERR, SKF_ImportSessionKey(container, SGD_SM4_ECB, cipher.room, 20, &in));
  OK(SKF_ImportSessionKey(container, SGD_SM4_ECB, cipher.room, sizeof(ECCCIPHERBLOB) - 1 + 16, &in));
  same_key(out, in);
  cipher.blob.HASH[0] ^= 1;
  EXPECT(SAR_INDATAERR, SKF_ImportSessionKey(container, SGD_SM4_ECB, cipher.room, sizeof(ECCCIPHERBLOB) - 1 + 16, &in));
}

/* Both sides have the same pair here: that they do not mind proves as much. */
static void agreement(HANDLE container) {
  ECCPUBLICKEYBLOB key = known_key(), begun, answered;
  HANDLE agreement, first, second;
  OK(SKF_GenerateAgreementDataWithECC(container, SGD_SM4_ECB, &begun, (const BYTE *)"alice", 5, &agreement));
  OK(SKF_GenerateAgreementDataAndKeyWithECC(container, SGD_SM4_ECB, &key, &begun, &answered, (const BYTE *)"bob", 3, (const BYTE *)"alice", 5, &second));
  OK(SKF_GenerateKeyWithECC(agreement, &key, &answered, (const BYTE *)"bob", 3, &first));
  same_key(first, second);
  EXPECT(SAR_INVALIDHANDLEERR, SKF_GenerateKeyWithECC(first, &key, &answered, NULL, 0, &second));
  EXPECT(SAR_NOTSUPPORTYETERR, SKF_GenerateAgreementDataWithECC(container, 0x101, &begun, NULL, 0, &first));
  OK(SKF_CloseHandle(agreement));
  EXPECT(SAR_INVALIDHANDLEERR, SKF_CloseHandle(agreement));
}

void drive_sm2(HANDLE device, HANDLE application) {
  ECCPUBLICKEYBLOB key;
  ULONG size = sizeof key;
  HANDLE container;
  OK(SKF_CreateContainer(application, "sm2", &container));
  signing(device, application, container);
  import(device, container);
  encryption(device, container);
  session_keys(container);
  agreement(container);
  EXPECT(SAR_INVALIDHANDLEERR, SKF_CloseHandle(container));
  OK(SKF_ImportCertificate(container, 1, (const BYTE *)"old", 3));
  OK(SKF_GenECCKeyPair(container, SGD_SM2_1, &key)); /* the certificate was the old key's */
  EXPECT(SAR_CERTNOTFOUNTERR, SKF_ExportCertificate(container, 1, NULL, &size));
  OK(SKF_DeleteContainer(application, "sm2"));
}
