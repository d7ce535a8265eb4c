/* The software UKey's random numbers, ciphers, hashes and MACs: part of drive-skf.c. */
#include "skf-common.h"

/* GM/T 0002-2012 annex A: key and block, and what comes of them. */
static const BYTE block[16] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54, 0x32, 0x10 };
static const BYTE encrypted_block[16] = { 0x68, 0x1E, 0xDF, 0x34, 0xD2, 0x06, 0x96, 0x5E, 0x86, 0xB3, 0xE9, 0x4F, 0x53, 0x6E, 0x42, 0x46 };

/* GM/T 0004-2012 annex A: the hash of abc. */
static const BYTE hash_of_abc[32] = {
  0x66, 0xC7, 0xF0, 0xF4, 0x62, 0xEE, 0xED, 0xD9, 0xD1, 0xF2, 0xD4, 0x6B, 0xDC, 0x10, 0xE4, 0xE2,
  0x41, 0x67, 0xC4, 0x87, 0x5C, 0xF2, 0xF7, 0xA2, 0x29, 0x7D, 0xA0, 0x2B, 0x8F, 0x4B, 0xA8, 0xE0 };

/* GM/T 0003.5-2012: what is signed for "message digest" with the known key. */
static const BYTE known_digest[32] = {
  0xF0, 0xB4, 0x3E, 0x94, 0xBA, 0x45, 0xAC, 0xCA, 0xAC, 0xE6, 0x92, 0xED, 0x53, 0x43, 0x82, 0xEB,
  0x17, 0xE6, 0xAB, 0x5A, 0x19, 0xCE, 0x7B, 0x31, 0xF4, 0x48, 0x6F, 0xDF, 0xC0, 0xD2, 0x86, 0x40 };

static void random_numbers(HANDLE device) {
  BYTE a[16] = { 0 }, b[16] = { 0 };
  OK(SKF_GenRandom(device, a, sizeof a));
  OK(SKF_GenRandom(device, b, sizeof b));
  CHECK(memcmp(a, b, sizeof a) != 0);
  EXPECT(SAR_INDATALENERR, SKF_GenRandom(device, a, 0));
  EXPECT(SAR_INVALIDPARAMERR, SKF_GenRandom(device, NULL, 8));
}

static void single_block(HANDLE device) {
  BLOCKCIPHERPARAM parameter = { .PaddingType = NO_PADDING };
  BYTE out[32];
  ULONG size = sizeof out;
  HANDLE key;
  EXPECT(SAR_NOTSUPPORTYETERR, SKF_SetSymmKey(device, block, 0x101, &key));
  OK(SKF_SetSymmKey(device, block, SGD_SM4_ECB, &key));
  EXPECT(SAR_NOTINITIALIZEERR, SKF_Encrypt(key, block, 16, out, &size));
  OK(SKF_EncryptInit(key, parameter));
  OK(SKF_Encrypt(key, block, 16, out, &size));
  CHECK(size == 16 && memcmp(out, encrypted_block, 16) == 0);
  OK(SKF_EncryptInit(key, parameter));
  EXPECT(SAR_INDATALENERR, SKF_Encrypt(key, block, 15, out, &size));
  OK(SKF_CloseHandle(key));
  EXPECT(SAR_INVALIDHANDLEERR, SKF_EncryptInit(key, parameter));
}

/* In pieces and whole, in each mode that takes an initialisation vector. */
static void chained(HANDLE device, ULONG algorithm, ULONG padding) {
  BLOCKCIPHERPARAM parameter = { .IVLen = 16, .PaddingType = padding, .FeedBitLen = 0 };
  BYTE text[40], whole[64], pieces[64], read[64];
  ULONG whole_size = sizeof whole, size, total = 0;
  HANDLE key;
  memset(text, 0x42, sizeof text);
  memcpy(parameter.IV, block, 16);
  OK(SKF_SetSymmKey(device, block, algorithm, &key));
  parameter.IVLen = 8;
  EXPECT(SAR_INVALIDPARAMERR, SKF_EncryptInit(key, parameter));
  parameter.IVLen = 16;
  OK(SKF_EncryptInit(key, parameter));
  OK(SKF_Encrypt(key, text, sizeof text, NULL, &size));
  CHECK(size >= sizeof text);
  OK(SKF_Encrypt(key, text, sizeof text, whole, &whole_size));
  EXPECT(padding ? 48 : 40, whole_size);
  OK(SKF_EncryptInit(key, parameter));
  for (int i = 0; i < 40; i += 20) {
    size = sizeof pieces - total;
    OK(SKF_EncryptUpdate(key, text + i, 20, pieces + total, &size));
    total += size;
  }
  size = sizeof pieces - total;
  OK(SKF_EncryptFinal(key, pieces + total, &size));
  total += size;
  CHECK(total == whole_size && memcmp(whole, pieces, total) == 0);
  size = sizeof read;
  EXPECT(SAR_NOTINITIALIZEERR, SKF_EncryptFinal(key, read, &size));
  OK(SKF_DecryptInit(key, parameter));
  OK(SKF_DecryptUpdate(key, whole, 17, read, &size));
  total = size;
  size = sizeof read - total;
  OK(SKF_DecryptUpdate(key, whole + 17, whole_size - 17, read + total, &size));
  total += size;
  size = sizeof read - total;
  OK(SKF_DecryptFinal(key, read + total, &size));
  CHECK(total + size == 40 && memcmp(text, read, 40) == 0);
  if (padding) {
    whole[whole_size - 1] ^= 1;
    size = sizeof read;
    OK(SKF_DecryptInit(key, parameter));
    EXPECT(SAR_DECRYPTPADERR, SKF_Decrypt(key, whole, whole_size, read, &size));
  }
  OK(SKF_CloseHandle(key));
}

static void macs(HANDLE device) {
  BLOCKCIPHERPARAM parameter = { .IVLen = 16, .PaddingType = NO_PADDING };
  BYTE text[48], chain[48], mac[16];
  ULONG size = sizeof chain, mac_size = 0;
  HANDLE key, handle;
  memset(text, 0x42, sizeof text);
  OK(SKF_SetSymmKey(device, block, SGD_SM4_ECB, &key));
  EXPECT(SAR_KEYUSAGEERR, SKF_MacInit(key, &parameter, &handle));
  OK(SKF_CloseHandle(key));
  OK(SKF_SetSymmKey(device, block, SGD_SM4_MAC, &key));
  OK(SKF_EncryptInit(key, parameter));
  OK(SKF_Encrypt(key, text, sizeof text, chain, &size));
  OK(SKF_MacInit(key, &parameter, &handle));
  OK(SKF_Mac(handle, text, sizeof text, NULL, &mac_size));
  EXPECT(16, mac_size);
  OK(SKF_Mac(handle, text, sizeof text, mac, &mac_size));
  CHECK(memcmp(mac, chain + 32, 16) == 0);
  OK(SKF_CloseHandle(handle));
  OK(SKF_MacInit(key, &parameter, &handle));
  OK(SKF_MacUpdate(handle, text, 20));
  OK(SKF_MacUpdate(handle, text + 20, 28));
  memset(mac, 0, sizeof mac);
  mac_size = 15;
  EXPECT(SAR_BUFFER_TOO_SMALL, SKF_MacFinal(handle, mac, &mac_size));
  mac_size = 16;
  OK(SKF_MacFinal(handle, mac, &mac_size));
  CHECK(memcmp(mac, chain + 32, 16) == 0);
  OK(SKF_CloseHandle(handle));
  OK(SKF_MacInit(key, &parameter, &handle));
  EXPECT(SAR_INDATALENERR, SKF_Mac(handle, text, 20, mac, &mac_size));
  OK(SKF_CloseHandle(key));
  EXPECT(SAR_INVALIDHANDLEERR, SKF_MacFinal(handle, mac, &mac_size));
}

static void digests(HANDLE device) {
  ECCPUBLICKEYBLOB key = known_key();
  BYTE hash[32];
  ULONG size = 0;
  HANDLE handle;
  EXPECT(SAR_NOTSUPPORTYETERR, SKF_DigestInit(device, 2, NULL, NULL, 0, &handle));
  OK(SKF_DigestInit(device, SGD_SM3, NULL, NULL, 0, &handle));
  OK(SKF_Digest(handle, (const BYTE *)"abc", 3, NULL, &size));
  EXPECT(32, size);
  OK(SKF_Digest(handle, (const BYTE *)"abc", 3, hash, &size));
  CHECK(memcmp(hash, hash_of_abc, 32) == 0);
  OK(SKF_CloseHandle(handle));
  OK(SKF_DigestInit(device, SGD_SM3, &key, (const BYTE *)"1234567812345678", 16, &handle));
  OK(SKF_DigestUpdate(handle, (const BYTE *)"message ", 8));
  OK(SKF_DigestUpdate(handle, (const BYTE *)"digest", 6));
  size = 31;
  EXPECT(SAR_BUFFER_TOO_SMALL, SKF_DigestFinal(handle, hash, &size));
  size = 32;
  OK(SKF_DigestFinal(handle, hash, &size));
  CHECK(memcmp(hash, known_digest, 32) == 0);
  OK(SKF_CloseHandle(handle));
  OK(SKF_DigestInit(device, SGD_SHA256, NULL, NULL, 0, &handle));
  OK(SKF_Digest(handle, (const BYTE *)"abc", 3, hash, &size));
  CHECK(memcmp(hash, "\xBA\x78\x16\xBF\x8F\x01\xCF\xEA", 8) == 0);
  OK(SKF_CloseHandle(handle));
}

void drive_symmetric(HANDLE device) {
  random_numbers(device);
  single_block(device);
  chained(device, SGD_SM4_CBC, PKCS5_PADDING);
  chained(device, SGD_SM4_CFB, NO_PADDING);
  chained(device, SGD_SM4_OFB, NO_PADDING);
  macs(device);
  digests(device);
}
