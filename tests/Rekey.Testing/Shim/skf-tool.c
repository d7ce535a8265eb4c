/*
 * Small deeds with the software UKey, one a run:
 *   format DEVICE PIN            an application with that user PIN
 *   setup DEVICE                 application and container "main" with a signing key; prints the key, 04 X Y in hex
 *   sign DEVICE DIGEST           signs 32 octets in hex with it; prints r s in hex
 *   pin DEVICE PIN               prints what SKF_VerifyPIN answers, and the tries left
 *   add DEVICE N                 adds 1 to a number in a file N times, each time with the device locked
 *   hold DEVICE                  locks the device, says so, and waits for the end of its input
 *   lock DEVICE MILLISECONDS     says that it is ready, waits for input, locks the device and prints what SKF_LockDev answers
 *   change DEVICE                changes things on the device until it is killed
 *   check DEVICE                 everything that `change` may leave, and nothing else, is there
 */
#include "skf-common.h"

static HANDLE device, application;
static const char *const pins[] = { "user-pin", "user-pin-2" };

static void print_hex(const BYTE *octets, int length) {
  for (int i = 0; i < length; i++) printf("%02X", octets[i]);
}

static void open_application(void) { OK(SKF_OpenApplication(device, app_name, &application)); }

static void log_in(void) {
  ULONG tries, code = SKF_VerifyPIN(application, USER_TYPE, pins[0], &tries);
  if (code != SAR_OK) OK(SKF_VerifyPIN(application, USER_TYPE, pins[1], &tries));
}

static void format(const char *pin) {
  OK(authenticate(device, (const BYTE *)"1234567812345678"));
  OK(SKF_CreateApplication(device, app_name, admin_pin, 10, pin, 10, SECURE_ANYONE_ACCOUNT, &application));
}

static void setup(void) {
  HANDLE container;
  ECCPUBLICKEYBLOB key;
  OK(authenticate(device, (const BYTE *)"1234567812345678"));
  OK(SKF_CreateApplication(device, app_name, admin_pin, 5, user_pin, 3, SECURE_ANYONE_ACCOUNT, &application));
  log_in();
  OK(SKF_CreateContainer(application, "main", &container));
  OK(SKF_GenECCKeyPair(container, SGD_SM2_1, &key));
  OK(SKF_CreateFile(application, "number", 64, SECURE_ANYONE_ACCOUNT, SECURE_ANYONE_ACCOUNT));
  printf("04");
  print_hex(key.XCoordinate + 32, 32);
  print_hex(key.YCoordinate + 32, 32);
}

static void sign(const char *hex) {
  BYTE digest[32];
  ECCSIGNATUREBLOB signature;
  HANDLE container;
  for (int i = 0; i < 32; i++) CHECK(sscanf(hex + 2 * i, "%2hhx", &digest[i]) == 1);
  open_application();
  log_in();
  OK(SKF_OpenContainer(application, "main", &container));
  OK(SKF_ECCSignData(container, digest, 32, &signature));
  print_hex(signature.r + 32, 32);
  print_hex(signature.s + 32, 32);
}

static void add(int times) {
  for (open_application(); times > 0; times--) {
    unsigned number = 0;
    ULONG size = sizeof number;
    OK(SKF_LockDev(device, WAIT_FOREVER));
    OK(SKF_ReadFile(application, "number", 0, sizeof number, (BYTE *)&number, &size));
    number++;
    OK(SKF_WriteFile(application, "number", 0, (const BYTE *)&number, sizeof number));
    OK(SKF_UnlockDev(device));
    if (times == 1) printf("%u", number);
  }
}

static void fill(HANDLE container, ECCPUBLICKEYBLOB *key) {
  ECCPUBLICKEYBLOB encryption = known_key();
  envelope_t envelope;
  OK(SKF_GenECCKeyPair(container, SGD_SM2_1, key));
  OK(SKF_ImportCertificate(container, 1, (const BYTE *)key, sizeof *key));
  enclose(device, key, known_scalar, &encryption, 32, &envelope);
  OK(SKF_ImportECCKeyPair(container, &envelope.blob));
  OK(SKF_ImportCertificate(container, 0, (const BYTE *)&encryption, sizeof encryption));
}

static void change(void) {
  open_application();
  log_in();
  for (unsigned round = 0;; round++) {
    char name[16];
    BYTE content[64];
    HANDLE container;
    ECCPUBLICKEYBLOB key;
    ULONG tries;
    snprintf(name, sizeof name, "c%u", round % 5);
    SKF_DeleteContainer(application, name);
    OK(SKF_CreateContainer(application, name, &container));
    fill(container, &key);
    OK(SKF_CloseContainer(container));
    memset(content, (int)round, sizeof content);
    OK(SKF_WriteFile(application, "number", 0, content, sizeof content));
    if (SKF_ChangePIN(application, USER_TYPE, pins[0], pins[1], &tries) != SAR_OK) OK(SKF_ChangePIN(application, USER_TYPE, pins[1], pins[0], &tries));
    OK(SKF_SetLabel(device, name));
  }
}

/* A certificate here is a copy of its key: it must be the key's that is there. */
static void check_pair(HANDLE container, BOOL signing) {
  BYTE digest[32] = { 1 }, plain[8];
  ECCPUBLICKEYBLOB key, certificate;
  ECCSIGNATUREBLOB signature;
  cipher_t cipher;
  ULONG size = sizeof key, length = sizeof certificate, plain_length = sizeof plain;
  ULONG certified = SKF_ExportCertificate(container, signing, (BYTE *)&certificate, &length);
  if (SKF_ExportPublicKey(container, signing, (BYTE *)&key, &size) == SAR_KEYNOTFOUNTERR) {
    EXPECT(SAR_CERTNOTFOUNTERR, certified);
    return;
  }
  if (certified == SAR_OK) CHECK(length == sizeof key && memcmp(&key, &certificate, length) == 0);
  if (signing) {
    OK(SKF_ECCSignData(container, digest, 32, &signature));
    OK(SKF_ECCVerify(device, &key, digest, 32, &signature));
  } else {
    OK(SKF_ExtECCEncrypt(device, &key, (const BYTE *)"text", 4, &cipher.blob));
    OK(SKF_ECCDecrypt(container, &cipher.blob, plain, &plain_length));
    CHECK(plain_length == 4 && memcmp(plain, "text", 4) == 0);
  }
}

static void check(void) {
  char names[256], *name;
  BYTE content[64];
  ULONG size = sizeof names, length = sizeof content, most, left;
  HANDLE container;
  BOOL initial;
  open_application();
  OK(SKF_GetPINInfo(application, USER_TYPE, &most, &left, &initial));
  CHECK(most == 3 && left >= 2); /* one wrong guess which of the two PINs it is now */
  log_in();
  OK(SKF_EnumContainer(application, names, &size));
  for (name = names; *name; name += strlen(name) + 1) {
    OK(SKF_OpenContainer(application, name, &container));
    check_pair(container, 1);
    check_pair(container, 0);
  }
  OK(SKF_ReadFile(application, "number", 0, sizeof content, content, &length));
  for (int i = 1; i < 64; i++) CHECK(content[i] == content[0]);
}

int main(int count, char **arguments) {
  CHECK(count >= 3);
  const char *deed = arguments[1];
  ULONG tries = 0;
  OK(SKF_ConnectDev(arguments[2], &device));
  if (strcmp(deed, "setup") == 0) setup();
  else if (strcmp(deed, "format") == 0) format(arguments[3]);
  else if (strcmp(deed, "sign") == 0) sign(arguments[3]);
  else if (strcmp(deed, "add") == 0) add(atoi(arguments[3]));
  else if (strcmp(deed, "change") == 0) change();
  else if (strcmp(deed, "check") == 0) check();
  else if (strcmp(deed, "pin") == 0) {
    open_application();
    printf("%08llX", (unsigned long long)SKF_VerifyPIN(application, USER_TYPE, arguments[3], &tries));
    printf(" %llu", (unsigned long long)tries);
  } else if (strcmp(deed, "hold") == 0) {
    OK(SKF_LockDev(device, 0));
    puts("held");
    fflush(stdout);
    while (getchar() != EOF) { }
  } else if (strcmp(deed, "lock") == 0) {
    puts("ready");
    fflush(stdout);
    getchar();
    printf("%08llX", (unsigned long long)SKF_LockDev(device, (ULONG)atoi(arguments[3])));
  }
  else CHECK(!"a deed");
  puts("");
  return 0;
}
