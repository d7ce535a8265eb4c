/* The software UKey's RSA functions: part of drive-skf.c. */
#include "skf-common.h"

/* A positive INTEGER in DER. */
static BYTE *integer(BYTE *to, const BYTE *value, int size) {
  while (size > 1 && *value == 0) value++, size--;
  int length = size + (*value >= 0x80);
  *to++ = 0x02;
  if (length >= 0x100) *to++ = 0x82, *to++ = length >> 8;
  else if (length >= 0x80) *to++ = 0x81;
  *to++ = length;
  if (length > size) *to++ = 0;
  memcpy(to, value, size);
  return to + size;
}

/* The RSAPrivateKey of PKCS#1 (RFC 8017 appendix A.1.2). */
static ULONG pkcs1(const RSAPRIVATEKEYBLOB *key, BYTE *to) {
  BYTE *end = to + 4;
  end = integer(end, (const BYTE *)"", 1);
  end = integer(end, key->Modulus, 256);
  end = integer(end, key->PublicExponent, 4);
  end = integer(end, key->PrivateExponent, 256);
  end = integer(end, key->Prime1, 128);
  end = integer(end, key->Prime2, 128);
  end = integer(end, key->Prime1Exponent, 128);
  end = integer(end, key->Prime2Exponent, 128);
  end = integer(end, key->Coefficient, 128);
  ULONG length = end - to - 4;
  memcpy(to, (BYTE[]){ 0x30, 0x82, length >> 8, length }, 4);
  return length + 4;
}

static void import(HANDLE device, HANDLE container, const RSAPUBLICKEYBLOB *signing, const RSAPRIVATEKEYBLOB *key) {
  BYTE der[1300], encrypted[1400], block[256] = { 0, 2 }, wrapped[256];
  BLOCKCIPHERPARAM parameter = { .PaddingType = PKCS5_PADDING };
  ULONG size = sizeof encrypted, wrapped_size = sizeof wrapped;
  RSAPUBLICKEYBLOB exported;
  HANDLE symmetric;
  memset(block + 2, 0x55, 256 - 2 - 17);
  OK(SKF_GenRandom(device, block + 240, 16));
  OK(SKF_SetSymmKey(device, block + 240, SGD_SM4_ECB, &symmetric));
  OK(SKF_EncryptInit(symmetric, parameter));
  OK(SKF_Encrypt(symmetric, der, pkcs1(key, der), encrypted, &size));
  OK(SKF_ExtRSAPubKeyOperation(device, signing, block, sizeof block, wrapped, &wrapped_size));
  wrapped[100] ^= 1;
  EXPECT(SAR_INDATAERR, SKF_ImportRSAKeyPair(container, SGD_SM4_ECB, wrapped, wrapped_size, encrypted, size));
  wrapped[100] ^= 1;
  EXPECT(SAR_INDATALENERR, SKF_ImportRSAKeyPair(container, SGD_SM4_ECB, wrapped, wrapped_size, encrypted, size - 1));
  EXPECT(SAR_NOTSUPPORTYETERR, SKF_ImportRSAKeyPair(container, 0x101, wrapped, wrapped_size, encrypted, size));
  OK(SKF_ImportRSAKeyPair(container, SGD_SM4_ECB, wrapped, wrapped_size, encrypted, size));
  size = sizeof exported;
  OK(SKF_ExportPublicKey(container, 0, (BYTE *)&exported, &size));
  CHECK(size == sizeof exported && memcmp(exported.Modulus, key->Modulus, 256) == 0);
}

static void session_keys(HANDLE container, const RSAPRIVATEKEYBLOB *key) {
  RSAPUBLICKEYBLOB public_key = { .AlgID = SGD_RSA, .BitLen = 2048 };
  BYTE data[256], text[64], read[64];
  BLOCKCIPHERPARAM parameter = { .PaddingType = PKCS5_PADDING };
  ULONG size = 0, length = sizeof text, read_length = sizeof read;
  HANDLE out, in;
  memcpy(public_key.Modulus, key->Modulus, 256);
  memcpy(public_key.PublicExponent, key->PublicExponent, 4);
  OK(SKF_RSAExportSessionKey(container, SGD_SM4_ECB, &public_key, NULL, &size, &out));
  EXPECT(256, size);
  OK(SKF_RSAExportSessionKey(container, SGD_SM4_ECB, &public_key, data, &size, &out));
  OK(SKF_ImportSessionKey(container, SGD_SM4_ECB, data, size, &in));
  OK(SKF_EncryptInit(out, parameter));
  OK(SKF_Encrypt(out, (const BYTE *)"text", 4, text, &length));
  OK(SKF_DecryptInit(in, parameter));
  OK(SKF_Decrypt(in, text, length, read, &read_length));
  CHECK(read_length == 4 && memcmp(read, "text", 4) == 0);
  data[7] ^= 1;
  EXPECT(SAR_INDATAERR, SKF_ImportSessionKey(container, SGD_SM4_ECB, data, size, &in));
}

void drive_rsa(HANDLE device, HANDLE application) {
  RSAPUBLICKEYBLOB key;
  RSAPRIVATEKEYBLOB outside;
  ECCPUBLICKEYBLOB sm2;
  BYTE data[51], signature[256], block[256], recovered[256];
  ULONG size = 0, type;
  HANDLE container;
  memset(data, 0x5A, sizeof data);
  OK(SKF_CreateContainer(application, "rsa", &container));
  EXPECT(SAR_MODULUSLENERR, SKF_GenRSAKeyPair(container, 1024, &key));
  OK(SKF_GenRSAKeyPair(container, 2048, &key));
  CHECK(key.AlgID == SGD_RSA && key.BitLen == 2048 && key.Modulus[0] >= 0x80 && key.PublicExponent[1] == 1 && key.PublicExponent[3] == 1);
  OK(SKF_GetContainerType(container, &type));
  EXPECT(CONTAINER_RSA, type);
  EXPECT(SAR_KEYINFOTYPEERR, SKF_GenECCKeyPair(container, SGD_SM2_1, &sm2));
  EXPECT(SAR_KEYINFOTYPEERR, SKF_ECCSignData(container, data, 32, (ECCSIGNATUREBLOB *)signature));
  OK(SKF_RSASignData(container, data, sizeof data, NULL, &size));
  EXPECT(256, size);
  OK(SKF_RSASignData(container, data, sizeof data, signature, &size));
  EXPECT(SAR_INDATALENERR, SKF_RSASignData(container, signature, 246, signature, &size));
  OK(SKF_RSAVerify(device, &key, data, sizeof data, signature, size));
  data[0] ^= 1;
  EXPECT(SAR_FAIL, SKF_RSAVerify(device, &key, data, sizeof data, signature, size));
  EXPECT(SAR_MODULUSLENERR, SKF_GenExtRSAKey(device, 4096, &outside));
  OK(SKF_GenExtRSAKey(device, 2048, &outside));
  memset(block, 1, sizeof block);
  size = sizeof signature;
  OK(SKF_ExtRSAPriKeyOperation(device, &outside, block, sizeof block, signature, &size));
  memcpy(key.Modulus, outside.Modulus, 256);
  memcpy(key.PublicExponent, outside.PublicExponent, 4);
  OK(SKF_ExtRSAPubKeyOperation(device, &key, signature, size, recovered, &size));
  CHECK(size == 256 && memcmp(block, recovered, 256) == 0);
  size = sizeof key;
  OK(SKF_ExportPublicKey(container, 1, (BYTE *)&key, &size));
  import(device, container, &key, &outside);
  session_keys(container, &outside);
  OK(SKF_DeleteContainer(application, "rsa"));
}
