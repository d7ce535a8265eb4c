/* What the programs that drive the software UKey share. */
#include "skf.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A call must answer what is expected; otherwise the program ends and says where. */
#define EXPECT(expected, call)                                                                   \
  do {                                                                                           \
    unsigned long long got_ = (call), wanted_ = (expected);                                      \
    if (got_ != wanted_) {                                                                       \
      fprintf(stderr, "%s:%d: %s is 0x%08llX, not 0x%08llX\n", __FILE__, __LINE__, #call, got_, wanted_); \
      exit(1);                                                                                   \
    }                                                                                            \
  } while (0)
#define OK(call) EXPECT(SAR_OK, call)
#define CHECK(condition) EXPECT(1, (condition) != 0)

static const char app_name[] = "Rekey", admin_pin[] = "admin-pin", user_pin[] = "user-pin";

/* A ciphertext with room for what is encrypted here. */
typedef union {
  ECCCIPHERBLOB blob;
  BYTE room[sizeof(ECCCIPHERBLOB) + 256];
} cipher_t;

/* An enveloped key with room for the key that it is encrypted with. */
typedef union {
  ENVELOPEDKEYBLOB blob;
  BYTE room[sizeof(ENVELOPEDKEYBLOB) + 16];
} envelope_t;

/* Encrypts for SKF_DevAuth: the device's random number and eight zeros. */
static inline ULONG authenticate(HANDLE device, const BYTE key[16]) {
  BYTE challenge[16] = { 0 }, data[32];
  ULONG length = sizeof data;
  HANDLE symmetric;
  BLOCKCIPHERPARAM parameter = { .PaddingType = NO_PADDING };
  OK(SKF_GenRandom(device, challenge, 8));
  OK(SKF_SetSymmKey(device, key, SGD_SM4_ECB, &symmetric));
  OK(SKF_EncryptInit(symmetric, parameter));
  OK(SKF_Encrypt(symmetric, challenge, sizeof challenge, data, &length));
  OK(SKF_CloseHandle(symmetric));
  return SKF_DevAuth(device, data, length);
}

/* Encloses the private key 32 octets of which are given for a container's signing key, at `at` in its field of 64. */
static inline void enclose(HANDLE device, const ECCPUBLICKEYBLOB *recipient, const BYTE scalar[32], const ECCPUBLICKEYBLOB *key, int at, envelope_t *envelope) {
  BYTE passing[16];
  ULONG length = 32;
  HANDLE symmetric;
  BLOCKCIPHERPARAM parameter = { .PaddingType = NO_PADDING };
  memset(envelope, 0, sizeof *envelope);
  OK(SKF_GenRandom(device, passing, sizeof passing));
  OK(SKF_SetSymmKey(device, passing, SGD_SM4_ECB, &symmetric));
  OK(SKF_EncryptInit(symmetric, parameter));
  OK(SKF_Encrypt(symmetric, scalar, 32, envelope->blob.cbEncryptedPriKey + at, &length));
  OK(SKF_CloseHandle(symmetric));
  envelope->blob.Version = 1;
  envelope->blob.ulSymmAlgID = SGD_SM4_ECB;
  envelope->blob.ulBits = 256;
  envelope->blob.PubKey = *key;
  OK(SKF_ExtECCEncrypt(device, recipient, passing, sizeof passing, &envelope->blob.ECCCipherBlob));
}

/* The key pair of the examples of GM/T 0003.5-2012. */
static const BYTE known_scalar[32] = {
  0x39, 0x45, 0x20, 0x8F, 0x7B, 0x21, 0x44, 0xB1, 0x3F, 0x36, 0xE3, 0x8A, 0xC6, 0xD3, 0x9F, 0x95,
  0x88, 0x93, 0x93, 0x69, 0x28, 0x60, 0xB5, 0x1A, 0x42, 0xFB, 0x81, 0xEF, 0x4D, 0xF7, 0xC5, 0xB8 };
static const BYTE known_x[32] = {
  0x09, 0xF9, 0xDF, 0x31, 0x1E, 0x54, 0x21, 0xA1, 0x50, 0xDD, 0x7D, 0x16, 0x1E, 0x4B, 0xC5, 0xC6,
  0x72, 0x17, 0x9F, 0xAD, 0x18, 0x33, 0xFC, 0x07, 0x6B, 0xB0, 0x8F, 0xF3, 0x56, 0xF3, 0x50, 0x20 };
static const BYTE known_y[32] = {
  0xCC, 0xEA, 0x49, 0x0C, 0xE2, 0x67, 0x75, 0xA5, 0x2D, 0xC6, 0xEA, 0x71, 0x8C, 0xC1, 0xAA, 0x60,
  0x0A, 0xED, 0x05, 0xFB, 0xF3, 0x5E, 0x08, 0x4A, 0x66, 0x32, 0xF6, 0x07, 0x2D, 0xA9, 0xAD, 0x13 };

static inline ECCPUBLICKEYBLOB known_key(void) {
  ECCPUBLICKEYBLOB key = { .BitLen = 256 };
  memcpy(key.XCoordinate + 32, known_x, 32);
  memcpy(key.YCoordinate + 32, known_y, 32);
  return key;
}
