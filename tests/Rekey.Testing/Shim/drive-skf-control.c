/* What the file "control" of a device of the software UKey does: part of drive-skf.c. The device is beta. */
#include "skf-common.h"
#include <pthread.h>
#include <unistd.h>

static void control(const char *lines) {
  char next[520], path[512];
  snprintf(path, sizeof path, "%s/beta/control", getenv("REKEY_SOFTTOKEN_DIR"));
  snprintf(next, sizeof next, "%s.next", path);
  FILE *file = fopen(next, "w");
  CHECK(file != NULL && fputs(lines, file) >= 0 && fclose(file) == 0 && rename(next, path) == 0);
}

static long calls(void) {
  char path[512];
  long count = 0;
  snprintf(path, sizeof path, "%s/beta/count", getenv("REKEY_SOFTTOKEN_DIR"));
  FILE *file = fopen(path, "r");
  if (file != NULL) CHECK(fscanf(file, "%ld", &count) == 1 && fclose(file) == 0);
  return count;
}

/* A line with the number of a call that is still to come. */
static void disturb(const char *deed, long call, const char *code) {
  char line[64];
  snprintf(line, sizeof line, "%s %ld %s\n", deed, calls() + call, code);
  control(line);
}

static HANDLE connect_beta(HANDLE *application, HANDLE *container) {
  HANDLE device;
  ULONG tries;
  OK(SKF_ConnectDev("beta", &device));
  OK(SKF_OpenApplication(device, app_name, application));
  OK(SKF_VerifyPIN(*application, USER_TYPE, user_pin, &tries));
  OK(SKF_OpenContainer(*application, "one", container));
  return device;
}

static void all_removed(HANDLE device, HANDLE application, HANDLE container) {
  BYTE digest[32] = { 0 };
  ECCSIGNATUREBLOB signature;
  DEVINFO info;
  ULONG tries;
  EXPECT(SAR_DEVICE_REMOVED, SKF_ECCSignData(container, digest, 32, &signature));
  EXPECT(SAR_DEVICE_REMOVED, SKF_VerifyPIN(application, USER_TYPE, user_pin, &tries));
  EXPECT(SAR_DEVICE_REMOVED, SKF_GetDevInfo(device, &info));
  EXPECT(SAR_DEVICE_REMOVED, SKF_LockDev(device, 0));
  EXPECT(SAR_DEVICE_REMOVED, SKF_UnlockDev(device));
}

static void unplugging(void) {
  char names[64], name[16];
  HANDLE application, container, device = connect_beta(&application, &container);
  ULONG size = sizeof names, state, event;
  OK(SKF_LockDev(device, 0));
  control("plug 0\n");
  all_removed(device, application, container);
  OK(SKF_EnumDev(1, names, &size));
  CHECK(memcmp(names, "alpha\0", size) == 0);
  size = sizeof names;
  OK(SKF_EnumDev(0, names, &size));
  CHECK(memcmp(names, "alpha\0beta\0", size) == 0);
  OK(SKF_GetDevState("beta", &state));
  EXPECT(DEV_ABSENT_STATE, state);
  EXPECT(SAR_DEVICE_REMOVED, SKF_ConnectDev("beta", &container));
  size = 3;
  EXPECT(SAR_BUFFER_TOO_SMALL, SKF_WaitForDevEvent(name, &size, &event));
  size = sizeof name;
  OK(SKF_WaitForDevEvent(name, &size, &event));
  CHECK(strcmp(name, "beta") == 0 && event == DEV_EVENT_OUT);
  control("plug 2\n");
  all_removed(device, application, container); /* handles do not come to life again */
  size = sizeof name;
  OK(SKF_WaitForDevEvent(name, &size, &event));
  CHECK(strcmp(name, "beta") == 0 && event == DEV_EVENT_IN);
  OK(SKF_DisConnectDev(device));
  device = connect_beta(&application, &container);
  control("plug 3\n"); /* out and in between two calls */
  all_removed(device, application, container);
  size = sizeof name;
  OK(SKF_WaitForDevEvent(name, &size, &event));
  EXPECT(DEV_EVENT_OUT, event);
  size = sizeof name;
  OK(SKF_WaitForDevEvent(name, &size, &event));
  EXPECT(DEV_EVENT_IN, event);
  OK(SKF_DisConnectDev(device));
}

static void *cancel(void *unused) {
  usleep(200000);
  OK(SKF_CancelWaitForDevEvent());
  return unused;
}

static void cancelling(void) {
  char name[16];
  ULONG size = sizeof name, event;
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, cancel, NULL) == 0);
  EXPECT(SAR_NOT_EVENTERR, SKF_WaitForDevEvent(name, &size, &event));
  CHECK(pthread_join(thread, NULL) == 0);
}

static void disturbances(void) {
  HANDLE application, container, device, other;
  ULONG type, size;
  control(""); /* which is plug 1 again */
  device = connect_beta(&application, &container);
  disturb("fail", 2, "0x0A000001");
  OK(SKF_GetContainerType(container, &type));
  EXPECT(SAR_FAIL, SKF_CreateContainer(application, "two", &other));
  EXPECT(SAR_CONTAINER_NOT_EXISTS, SKF_OpenContainer(application, "two", &other));
  disturb("lose", 1, "0x0A00000F");
  EXPECT(SAR_TIMEOUTERR, SKF_CreateContainer(application, "two", &other));
  OK(SKF_OpenContainer(application, "two", &other));
  control("order newest-first\n");
  char names[64];
  size = sizeof names;
  OK(SKF_EnumContainer(application, names, &size));
  CHECK(memcmp(names, "two\0one\0", size) == 0);
  control("containers 2\n");
  EXPECT(SAR_REACH_MAX_CONTAINER_COUNT, SKF_CreateContainer(application, "three", &other));
  control("space 1000\n");
  BYTE large[1000] = { 0x30 };
  EXPECT(SAR_NO_ROOM, SKF_ImportCertificate(container, 1, large, sizeof large));
  size = 0;
  EXPECT(SAR_CERTNOTFOUNTERR, SKF_ExportCertificate(container, 1, NULL, &size));
  control("refuse SKF_GenRSAKeyPair 0x0A000003\nrefuse SKF_ClearSecureState 0x0A000001\n");
  EXPECT(SAR_FAIL, SKF_ClearSecureState(application));
  OK(SKF_GetContainerType(container, &type));
  control("nonsense\n");
  EXPECT(SAR_FILEERR, SKF_GetContainerType(container, &type));
  disturb("remove", 2, "");
  OK(SKF_GetContainerType(container, &type));
  all_removed(device, application, container);
  control("");
  all_removed(device, application, container);
  OK(SKF_DisConnectDev(device));
}

void drive_control(void) {
  HANDLE device, application, container;
  ECCPUBLICKEYBLOB key;
  ULONG tries;
  OK(SKF_ConnectDev("beta", &device));
  OK(authenticate(device, (const BYTE *)"1234567812345678"));
  OK(SKF_CreateApplication(device, app_name, admin_pin, 5, user_pin, 3, 0, &application));
  OK(SKF_VerifyPIN(application, USER_TYPE, user_pin, &tries));
  OK(SKF_CreateContainer(application, "one", &container));
  OK(SKF_GenECCKeyPair(container, SGD_SM2_1, &key));
  OK(SKF_DisConnectDev(device));
  unplugging();
  cancelling();
  disturbances();
}
