/*
 * The interface of smart tokens of GM/T 0016-2012 (SKF), as librekey-softtoken offers it.
 *
 * The standard says that ULONG has 32 bits and says nothing about packing. Vendors differ in both, so both can be chosen here, and the
 * token follows the file "abi" in its directory:
 *   neither         u32-pack1    (default)
 *   SKF_NATURAL     u32-natural
 *   SKF_ULONG64     u64-pack1
 *   both            u64-natural
 *
 * Numbers in structures are in the machine's order, octet strings big-endian. A coordinate, r, s and a private key of SM2 have 32 octets at
 * the end of a field of 64. A list of names ends each name with NUL and itself with one more. A buffer that is NULL asks for the size.
 */
#ifndef REKEY_SKF_H
#define REKEY_SKF_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef SKF_ULONG64
typedef uint64_t ULONG;
#else
typedef uint32_t ULONG;
#endif
typedef uint8_t BYTE;
typedef int BOOL;
typedef void *HANDLE;

#if defined(_WIN32)
#define DEVAPI __stdcall
#else
#define DEVAPI
#endif

/* Return values (annex A). */
#define SAR_OK 0x00000000
#define SAR_FAIL 0x0A000001
#define SAR_UNKNOWNERR 0x0A000002
#define SAR_NOTSUPPORTYETERR 0x0A000003
#define SAR_FILEERR 0x0A000004
#define SAR_INVALIDHANDLEERR 0x0A000005
#define SAR_INVALIDPARAMERR 0x0A000006
#define SAR_READFILEERR 0x0A000007
#define SAR_WRITEFILEERR 0x0A000008
#define SAR_NAMELENERR 0x0A000009
#define SAR_KEYUSAGEERR 0x0A00000A
#define SAR_MODULUSLENERR 0x0A00000B
#define SAR_NOTINITIALIZEERR 0x0A00000C
#define SAR_TIMEOUTERR 0x0A00000F
#define SAR_INDATALENERR 0x0A000010
#define SAR_INDATAERR 0x0A000011
#define SAR_RSAENCERR 0x0A000018
#define SAR_RSADECERR 0x0A000019
#define SAR_KEYNOTFOUNTERR 0x0A00001B
#define SAR_CERTNOTFOUNTERR 0x0A00001C
#define SAR_DECRYPTPADERR 0x0A00001E
#define SAR_BUFFER_TOO_SMALL 0x0A000020
#define SAR_KEYINFOTYPEERR 0x0A000021
#define SAR_NOT_EVENTERR 0x0A000022
#define SAR_DEVICE_REMOVED 0x0A000023
#define SAR_PIN_INCORRECT 0x0A000024
#define SAR_PIN_LOCKED 0x0A000025
#define SAR_PIN_LEN_RANGE 0x0A000027
#define SAR_USER_TYPE_INVALID 0x0A00002A
#define SAR_APPLICATION_NAME_INVALID 0x0A00002B
#define SAR_APPLICATION_EXISTS 0x0A00002C
#define SAR_USER_NOT_LOGGED_IN 0x0A00002D
#define SAR_APPLICATION_NOT_EXISTS 0x0A00002E
#define SAR_FILE_ALREADY_EXIST 0x0A00002F
#define SAR_NO_ROOM 0x0A000030
#define SAR_FILE_NOT_EXIST 0x0A000031
#define SAR_REACH_MAX_CONTAINER_COUNT 0x0A000032

/* What the annex lacks, with the values that are most in use. */
#define SAR_SECURITY_INVALID 0x0B000033
#define SAR_OFFSET_OVER_FILE 0x0B000034
#define SAR_CONTAINER_NOT_EXISTS 0x0B000035
#define SAR_CONTAINER_EXISTS 0x0B000036
#define SAR_AUTH_LOCKED 0x0B000037

/* Algorithms (GB/T 33560-2017) and other numbers. */
#define SGD_SM4_ECB 0x401
#define SGD_SM4_CBC 0x402
#define SGD_SM4_CFB 0x404
#define SGD_SM4_OFB 0x408
#define SGD_SM4_MAC 0x410
#define SGD_RSA 0x10000
#define SGD_SM2_1 0x20200
#define SGD_SM2_3 0x20800
#define SGD_SM3 1
#define SGD_SHA256 4
#define ADMIN_TYPE 0
#define USER_TYPE 1
#define SECURE_NEVER_ACCOUNT 0
#define SECURE_ADM_ACCOUNT 1
#define SECURE_USER_ACCOUNT 0x10
#define SECURE_ANYONE_ACCOUNT 0xFF
#define DEV_ABSENT_STATE 0
#define DEV_PRESENT_STATE 1
#define DEV_UNKNOW_STATE 2
#define CONTAINER_EMPTY 0
#define CONTAINER_RSA 1
#define CONTAINER_ECC 2
#define DEV_EVENT_IN 1
#define DEV_EVENT_OUT 2
#define NO_PADDING 0
#define PKCS5_PADDING 1
#define WAIT_FOREVER 0xFFFFFFFF

#ifndef SKF_NATURAL
#pragma pack(push, 1)
#endif

typedef struct {
  BYTE major, minor;
} VERSION;

typedef struct {
  VERSION Version;
  char Manufacturer[64], Issuer[64], Label[32], SerialNumber[32];
  VERSION HWVersion, FirmwareVersion;
  ULONG AlgSymCap, AlgAsymCap, AlgHashCap, DevAuthAlgId, TotalSpace, FreeSpace, MaxECCBufferSize, MaxBufferSize;
  BYTE Reserved[64];
} DEVINFO;

typedef struct {
  ULONG AlgID, BitLen;
  BYTE Modulus[256], PublicExponent[4];
} RSAPUBLICKEYBLOB;

typedef struct {
  ULONG AlgID, BitLen;
  BYTE Modulus[256], PublicExponent[4], PrivateExponent[256], Prime1[128], Prime2[128], Prime1Exponent[128], Prime2Exponent[128], Coefficient[128];
} RSAPRIVATEKEYBLOB;

typedef struct {
  ULONG BitLen;
  BYTE XCoordinate[64], YCoordinate[64];
} ECCPUBLICKEYBLOB;

typedef struct {
  ULONG BitLen;
  BYTE PrivateKey[64];
} ECCPRIVATEKEYBLOB;

/* Cipher has CipherLen octets: whoever calls makes room behind the structure. */
typedef struct {
  BYTE XCoordinate[64], YCoordinate[64], HASH[32];
  ULONG CipherLen;
  BYTE Cipher[1];
} ECCCIPHERBLOB;

typedef struct {
  BYTE r[64], s[64];
} ECCSIGNATUREBLOB;

typedef struct {
  BYTE IV[32];
  ULONG IVLen, PaddingType, FeedBitLen;
} BLOCKCIPHERPARAM;

/* The private key is encrypted in ECB mode with the key that ECCCipherBlob holds for the container's signing key. */
typedef struct {
  ULONG Version, ulSymmAlgID, ulBits;
  BYTE cbEncryptedPriKey[64];
  ECCPUBLICKEYBLOB PubKey;
  ECCCIPHERBLOB ECCCipherBlob;
} ENVELOPEDKEYBLOB;

typedef struct {
  char FileName[32];
  ULONG FileSize, ReadRights, WriteRights;
} FILEATTRIBUTE;

#ifndef SKF_NATURAL
#pragma pack(pop)
#endif

/* Devices */
ULONG DEVAPI SKF_WaitForDevEvent(char *name, ULONG *name_length, ULONG *event);
ULONG DEVAPI SKF_CancelWaitForDevEvent(void);
ULONG DEVAPI SKF_EnumDev(BOOL only_present, char *names, ULONG *size);
ULONG DEVAPI SKF_ConnectDev(const char *name, HANDLE *device);
ULONG DEVAPI SKF_DisConnectDev(HANDLE device);
ULONG DEVAPI SKF_GetDevState(const char *name, ULONG *state);
ULONG DEVAPI SKF_SetLabel(HANDLE device, const char *label);
ULONG DEVAPI SKF_GetDevInfo(HANDLE device, DEVINFO *info);
ULONG DEVAPI SKF_LockDev(HANDLE device, ULONG milliseconds);
ULONG DEVAPI SKF_UnlockDev(HANDLE device);
ULONG DEVAPI SKF_Transmit(HANDLE device, const BYTE *command, ULONG command_length, BYTE *answer, ULONG *answer_length);

/* Access control. A PIN has 6 to 16 octets; wrong ones cost a try each. */
ULONG DEVAPI SKF_ChangeDevAuthKey(HANDLE device, const BYTE *key, ULONG length);
ULONG DEVAPI SKF_DevAuth(HANDLE device, const BYTE *data, ULONG length);
ULONG DEVAPI SKF_ChangePIN(HANDLE application, ULONG type, const char *old_pin, const char *new_pin, ULONG *tries_left);
ULONG DEVAPI SKF_GetPINInfo(HANDLE application, ULONG type, ULONG *most_tries, ULONG *tries_left, BOOL *is_default);
ULONG DEVAPI SKF_VerifyPIN(HANDLE application, ULONG type, const char *pin, ULONG *tries_left);
ULONG DEVAPI SKF_UnblockPIN(HANDLE application, const char *admin_pin, const char *new_user_pin, ULONG *tries_left);
ULONG DEVAPI SKF_ClearSecureState(HANDLE application);

/* Applications. Created and deleted after SKF_DevAuth only. */
ULONG DEVAPI SKF_CreateApplication(HANDLE device, const char *name, const char *admin_pin, ULONG admin_tries, const char *user_pin, ULONG
    user_tries, ULONG file_rights, HANDLE *application);
ULONG DEVAPI SKF_EnumApplication(HANDLE device, char *names, ULONG *size);
ULONG DEVAPI SKF_DeleteApplication(HANDLE device, const char *name);
ULONG DEVAPI SKF_OpenApplication(HANDLE device, const char *name, HANDLE *application);
ULONG DEVAPI SKF_CloseApplication(HANDLE application);

/* Files */
ULONG DEVAPI SKF_CreateFile(HANDLE application, const char *name, ULONG size, ULONG read_rights, ULONG write_rights);
ULONG DEVAPI SKF_DeleteFile(HANDLE application, const char *name);
ULONG DEVAPI SKF_EnumFiles(HANDLE application, char *names, ULONG *size);
ULONG DEVAPI SKF_GetFileInfo(HANDLE application, const char *name, FILEATTRIBUTE *info);
ULONG DEVAPI SKF_ReadFile(HANDLE application, const char *name, ULONG offset, ULONG size, BYTE *data, ULONG *length);
ULONG DEVAPI SKF_WriteFile(HANDLE application, const char *name, ULONG offset, const BYTE *data, ULONG size);

/* Containers: a signing pair, an encryption pair, their certificates (signing: nonzero) */
ULONG DEVAPI SKF_CreateContainer(HANDLE application, const char *name, HANDLE *container);
ULONG DEVAPI SKF_DeleteContainer(HANDLE application, const char *name);
ULONG DEVAPI SKF_OpenContainer(HANDLE application, const char *name, HANDLE *container);
ULONG DEVAPI SKF_CloseContainer(HANDLE container);
ULONG DEVAPI SKF_EnumContainer(HANDLE application, char *names, ULONG *size);
ULONG DEVAPI SKF_GetContainerType(HANDLE container, ULONG *type);
ULONG DEVAPI SKF_ImportCertificate(HANDLE container, BOOL signing, const BYTE *certificate, ULONG length);
ULONG DEVAPI SKF_ExportCertificate(HANDLE container, BOOL signing, BYTE *certificate, ULONG *length);
ULONG DEVAPI SKF_ExportPublicKey(HANDLE container, BOOL signing, BYTE *blob, ULONG *length);

/* Random numbers. Eight octets are also the challenge of the next SKF_DevAuth. */
ULONG DEVAPI SKF_GenRandom(HANDLE device, BYTE *random, ULONG length);

/* RSA, 2048 bits. The last three were dropped from the standard in 2012. */
ULONG DEVAPI SKF_GenRSAKeyPair(HANDLE container, ULONG bits, RSAPUBLICKEYBLOB *key);
ULONG DEVAPI SKF_ImportRSAKeyPair(HANDLE container, ULONG algorithm, const BYTE *wrapped_key, ULONG wrapped_length, const BYTE *encrypted,
    ULONG encrypted_length);
ULONG DEVAPI SKF_RSASignData(HANDLE container, const BYTE *data, ULONG length, BYTE *signature, ULONG *signature_length);
ULONG DEVAPI SKF_RSAVerify(HANDLE device, const RSAPUBLICKEYBLOB *key, const BYTE *data, ULONG length, const BYTE *signature, ULONG
    signature_length);
ULONG DEVAPI SKF_RSAExportSessionKey(HANDLE container, ULONG algorithm, const RSAPUBLICKEYBLOB *key, BYTE *data, ULONG *length, HANDLE
    *session_key);
ULONG DEVAPI SKF_GenExtRSAKey(HANDLE device, ULONG bits, RSAPRIVATEKEYBLOB *key);
ULONG DEVAPI SKF_ExtRSAPubKeyOperation(HANDLE device, const RSAPUBLICKEYBLOB *key, const BYTE *input, ULONG length, BYTE *output, ULONG
    *output_length);
ULONG DEVAPI SKF_ExtRSAPriKeyOperation(HANDLE device, const RSAPRIVATEKEYBLOB *key, const BYTE *input, ULONG length, BYTE *output, ULONG
    *output_length);

/* SM2. SKF_ExtECCDecrypt, -Sign and -Verify were dropped in 2012; SKF_ECCDecrypt is a habit of vendors. */
ULONG DEVAPI SKF_GenECCKeyPair(HANDLE container, ULONG algorithm, ECCPUBLICKEYBLOB *key);
ULONG DEVAPI SKF_ImportECCKeyPair(HANDLE container, const ENVELOPEDKEYBLOB *key);
ULONG DEVAPI SKF_ECCSignData(HANDLE container, const BYTE *digest, ULONG length, ECCSIGNATUREBLOB *signature);
ULONG DEVAPI SKF_ECCVerify(HANDLE device, const ECCPUBLICKEYBLOB *key, const BYTE *digest, ULONG length, const ECCSIGNATUREBLOB *signature);
ULONG DEVAPI SKF_ECCExportSessionKey(HANDLE container, ULONG algorithm, const ECCPUBLICKEYBLOB *key, ECCCIPHERBLOB *data, HANDLE
    *session_key);
ULONG DEVAPI SKF_ExtECCEncrypt(HANDLE device, const ECCPUBLICKEYBLOB *key, const BYTE *plain, ULONG length, ECCCIPHERBLOB *cipher);
ULONG DEVAPI SKF_ExtECCDecrypt(HANDLE device, const ECCPRIVATEKEYBLOB *key, const ECCCIPHERBLOB *cipher, BYTE *plain, ULONG *length);
ULONG DEVAPI SKF_ExtECCSign(HANDLE device, const ECCPRIVATEKEYBLOB *key, const BYTE *digest, ULONG length, ECCSIGNATUREBLOB *signature);
ULONG DEVAPI SKF_ExtECCVerify(HANDLE device, const ECCPUBLICKEYBLOB *key, const BYTE *digest, ULONG length, const ECCSIGNATUREBLOB
    *signature);
ULONG DEVAPI SKF_ECCDecrypt(HANDLE container, const ECCCIPHERBLOB *cipher, BYTE *plain, ULONG *length);
ULONG DEVAPI SKF_GenerateAgreementDataWithECC(HANDLE container, ULONG algorithm, ECCPUBLICKEYBLOB *passing_key, const BYTE *id, ULONG
    id_length, HANDLE *agreement);
ULONG DEVAPI SKF_GenerateAgreementDataAndKeyWithECC(HANDLE container, ULONG algorithm, const ECCPUBLICKEYBLOB *sponsor_key, const
    ECCPUBLICKEYBLOB *sponsor_passing_key, ECCPUBLICKEYBLOB *passing_key, const BYTE *id, ULONG id_length, const BYTE *sponsor_id, ULONG
    sponsor_id_length, HANDLE *session_key);
ULONG DEVAPI SKF_GenerateKeyWithECC(HANDLE agreement, const ECCPUBLICKEYBLOB *peer_key, const ECCPUBLICKEYBLOB *peer_passing_key, const BYTE
    *peer_id, ULONG peer_id_length, HANDLE *session_key);

/* Session keys, SM4. SKF_SetSymmKey was dropped in 2012. */
ULONG DEVAPI SKF_ImportSessionKey(HANDLE container, ULONG algorithm, const BYTE *wrapped, ULONG length, HANDLE *session_key);
ULONG DEVAPI SKF_SetSymmKey(HANDLE device, const BYTE *key, ULONG algorithm, HANDLE *session_key);
ULONG DEVAPI SKF_EncryptInit(HANDLE key, BLOCKCIPHERPARAM parameter);
ULONG DEVAPI SKF_Encrypt(HANDLE key, const BYTE *data, ULONG length, BYTE *output, ULONG *output_length);
ULONG DEVAPI SKF_EncryptUpdate(HANDLE key, const BYTE *data, ULONG length, BYTE *output, ULONG *output_length);
ULONG DEVAPI SKF_EncryptFinal(HANDLE key, BYTE *output, ULONG *output_length);
ULONG DEVAPI SKF_DecryptInit(HANDLE key, BLOCKCIPHERPARAM parameter);
ULONG DEVAPI SKF_Decrypt(HANDLE key, const BYTE *data, ULONG length, BYTE *output, ULONG *output_length);
ULONG DEVAPI SKF_DecryptUpdate(HANDLE key, const BYTE *data, ULONG length, BYTE *output, ULONG *output_length);
ULONG DEVAPI SKF_DecryptFinal(HANDLE key, BYTE *output, ULONG *output_length);

/* Hashes. With a key, the signer's identity and key are hashed first (Z, GB/T 32918.2 clause 5.5). */
ULONG DEVAPI SKF_DigestInit(HANDLE device, ULONG algorithm, const ECCPUBLICKEYBLOB *key, const BYTE *id, ULONG id_length, HANDLE *hash);
ULONG DEVAPI SKF_Digest(HANDLE hash, const BYTE *data, ULONG length, BYTE *output, ULONG *output_length);
ULONG DEVAPI SKF_DigestUpdate(HANDLE hash, const BYTE *data, ULONG length);
ULONG DEVAPI SKF_DigestFinal(HANDLE hash, BYTE *output, ULONG *output_length);

/* Message authentication codes, of 16 octets; SKF_CloseHandle is for session keys, hashes, MACs, agreements */
ULONG DEVAPI SKF_MacInit(HANDLE key, const BLOCKCIPHERPARAM *parameter, HANDLE *mac);
ULONG DEVAPI SKF_Mac(HANDLE mac, const BYTE *data, ULONG length, BYTE *output, ULONG *output_length);
ULONG DEVAPI SKF_MacUpdate(HANDLE mac, const BYTE *data, ULONG length);
ULONG DEVAPI SKF_MacFinal(HANDLE mac, BYTE *output, ULONG *output_length);
ULONG DEVAPI SKF_CloseHandle(HANDLE handle);

#ifdef __cplusplus
}
#endif

#endif
