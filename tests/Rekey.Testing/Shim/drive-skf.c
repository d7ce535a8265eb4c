/*
 * Drives the software UKey through every function of skf.h, on good and on bad ways. The directory has two fresh devices, alpha and beta. One function for each chapter of the interface.
 */
#include "skf-common.h"

static const BYTE first_key[16] = "1234567812345678", other_key[16] = "8765432187654321";
static HANDLE device, application;

static void devices(void) {
  char names[64];
  ULONG size = 0, state;
  HANDLE other;
  DEVINFO info;
  OK(SKF_EnumDev(1, NULL, &size));
  EXPECT(sizeof "alpha\0beta\0", size);
  size = 3;
  EXPECT(SAR_BUFFER_TOO_SMALL, SKF_EnumDev(1, names, &size));
  size = sizeof names;
  OK(SKF_EnumDev(1, names, &size));
  CHECK(memcmp(names, "alpha\0beta\0", size) == 0);
  EXPECT(SAR_INVALIDPARAMERR, SKF_EnumDev(1, names, NULL));
  EXPECT(SAR_DEVICE_REMOVED, SKF_ConnectDev("gamma", &device));
  EXPECT(SAR_DEVICE_REMOVED, SKF_ConnectDev("../alpha", &device));
  EXPECT(SAR_INVALIDPARAMERR, SKF_ConnectDev(NULL, &device));
  OK(SKF_ConnectDev("alpha", &device));
  OK(SKF_ConnectDev("beta", &other));
  OK(SKF_GetDevState("alpha", &state));
  EXPECT(DEV_PRESENT_STATE, state);
  OK(SKF_GetDevState("gamma", &state));
  EXPECT(DEV_UNKNOW_STATE, state);
  OK(SKF_SetLabel(device, "my key"));
  EXPECT(SAR_NAMELENERR, SKF_SetLabel(device, "a label of more than thirty-one octets"));
  memset(&info, 0xAA, sizeof info);
  OK(SKF_GetDevInfo(device, &info));
  CHECK(strcmp(info.Label, "my key") == 0 && strcmp(info.Manufacturer, "Rekey") == 0 && strlen(info.SerialNumber) == 16);
  EXPECT(0x401, info.DevAuthAlgId);
  EXPECT(0x41F, info.AlgSymCap);
  EXPECT(SGD_RSA | 0x20F00, info.AlgAsymCap);
  EXPECT(SGD_SM3 | SGD_SHA256, info.AlgHashCap);
  CHECK(info.TotalSpace == 131072 && info.FreeSpace == info.TotalSpace && info.MaxECCBufferSize >= 256 && info.MaxBufferSize >= 4096);
  CHECK(info.Reserved[0] == 0 && info.Reserved[63] == 0);
  EXPECT(SAR_INVALIDPARAMERR, SKF_GetDevInfo(device, NULL));
  OK(SKF_LockDev(device, 0));
  OK(SKF_LockDev(device, WAIT_FOREVER));
  EXPECT(SAR_FAIL, SKF_UnlockDev(other));
  OK(SKF_GetDevInfo(device, &info));
  OK(SKF_UnlockDev(device));
  EXPECT(SAR_FAIL, SKF_UnlockDev(device));
  size = 0;
  EXPECT(SAR_NOTSUPPORTYETERR, SKF_Transmit(device, (const BYTE *)"\0\xA4", 2, NULL, &size));
  OK(SKF_DisConnectDev(other));
  EXPECT(SAR_INVALIDHANDLEERR, SKF_DisConnectDev(other));
  EXPECT(SAR_INVALIDHANDLEERR, SKF_GetDevInfo(other, &info));
  EXPECT(SAR_INVALIDHANDLEERR, SKF_GetDevInfo(NULL, &info));
}

static void applications(void) {
  char names[64];
  ULONG size = sizeof names;
  HANDLE second;
  BYTE zeros[16] = { 0 };
  EXPECT(SAR_SECURITY_INVALID, SKF_CreateApplication(device, app_name, admin_pin, 5, user_pin, 3, SECURE_USER_ACCOUNT, &application));
  EXPECT(SAR_NOTINITIALIZEERR, SKF_DevAuth(device, zeros, 16));
  EXPECT(SAR_INDATALENERR, SKF_DevAuth(device, zeros, 8));
  EXPECT(SAR_FAIL, authenticate(device, other_key));
  EXPECT(SAR_SECURITY_INVALID, SKF_ChangeDevAuthKey(device, other_key, 16));
  OK(authenticate(device, first_key));
  EXPECT(SAR_INDATALENERR, SKF_ChangeDevAuthKey(device, other_key, 8));
  OK(SKF_ChangeDevAuthKey(device, other_key, 16));
  EXPECT(SAR_FAIL, authenticate(device, first_key));
  OK(authenticate(device, other_key));
  EXPECT(SAR_PIN_LEN_RANGE, SKF_CreateApplication(device, app_name, "short", 5, user_pin, 3, 0, &application));
  EXPECT(SAR_INVALIDPARAMERR, SKF_CreateApplication(device, app_name, admin_pin, 0, user_pin, 3, 0, &application));
  EXPECT(SAR_NAMELENERR, SKF_CreateApplication(device, "", admin_pin, 5, user_pin, 3, 0, &application));
  OK(SKF_CreateApplication(device, app_name, admin_pin, 5, user_pin, 3, SECURE_USER_ACCOUNT, &application));
  EXPECT(SAR_APPLICATION_EXISTS, SKF_CreateApplication(device, app_name, admin_pin, 5, user_pin, 3, 0, &second));
  OK(SKF_CreateApplication(device, "Other", admin_pin, 5, user_pin, 3, SECURE_NEVER_ACCOUNT, &second));
  EXPECT(SAR_SECURITY_INVALID, SKF_CreateFile(second, "never", 1, SECURE_ANYONE_ACCOUNT, SECURE_ANYONE_ACCOUNT));
  OK(SKF_EnumApplication(device, names, &size));
  CHECK(size == sizeof "Rekey\0Other\0" && memcmp(names, "Rekey\0Other\0", size) == 0);
  OK(SKF_DeleteApplication(device, "Other"));
  EXPECT(SAR_APPLICATION_NOT_EXISTS, SKF_DeleteApplication(device, "Other"));
  EXPECT(SAR_APPLICATION_NOT_EXISTS, SKF_ClearSecureState(second));
  OK(SKF_CloseApplication(second));
  EXPECT(SAR_APPLICATION_NOT_EXISTS, SKF_OpenApplication(device, "Other", &second));
  OK(SKF_CloseApplication(application));
  EXPECT(SAR_INVALIDHANDLEERR, SKF_CloseApplication(application));
  OK(SKF_OpenApplication(device, app_name, &application));
}

static void pins(void) {
  ULONG tries, most;
  BOOL initial;
  OK(SKF_GetPINInfo(application, USER_TYPE, &most, &tries, &initial));
  CHECK(most == 3 && tries == 3 && initial);
  EXPECT(SAR_USER_TYPE_INVALID, SKF_GetPINInfo(application, 7, &most, &tries, &initial));
  EXPECT(SAR_PIN_LEN_RANGE, SKF_VerifyPIN(application, USER_TYPE, "12345", &tries));
  EXPECT(SAR_PIN_INCORRECT, SKF_VerifyPIN(application, USER_TYPE, "wrong-pin", &tries));
  EXPECT(2, tries);
  OK(SKF_VerifyPIN(application, USER_TYPE, user_pin, &tries));
  EXPECT(3, tries);
  EXPECT(SAR_PIN_INCORRECT, SKF_ChangePIN(application, USER_TYPE, "wrong-pin", "next-pin", &tries));
  EXPECT(SAR_PIN_LEN_RANGE, SKF_ChangePIN(application, USER_TYPE, user_pin, "short", &tries));
  OK(SKF_ChangePIN(application, USER_TYPE, user_pin, "next-pin", &tries));
  OK(SKF_GetPINInfo(application, USER_TYPE, &most, &tries, &initial));
  CHECK(tries == 3 && !initial);
  for (ULONG left = 2; left + 1 > 0 && left < 3; left--) {
    EXPECT(SAR_PIN_INCORRECT, SKF_VerifyPIN(application, USER_TYPE, user_pin, &tries));
    EXPECT(left, tries);
    if (left == 0) break;
  }
  EXPECT(SAR_PIN_LOCKED, SKF_VerifyPIN(application, USER_TYPE, "next-pin", &tries));
  EXPECT(SAR_PIN_LOCKED, SKF_ChangePIN(application, USER_TYPE, "next-pin", user_pin, &tries));
  EXPECT(SAR_PIN_INCORRECT, SKF_UnblockPIN(application, "wrong-pin", user_pin, &tries));
  EXPECT(4, tries);
  OK(SKF_UnblockPIN(application, admin_pin, user_pin, &tries));
  OK(SKF_ChangePIN(application, ADMIN_TYPE, admin_pin, "admin-pin-2", &tries));
  EXPECT(SAR_PIN_INCORRECT, SKF_VerifyPIN(application, ADMIN_TYPE, admin_pin, &tries));
  OK(SKF_VerifyPIN(application, ADMIN_TYPE, "admin-pin-2", &tries));
  OK(SKF_ClearSecureState(application));
}

static void files(void) {
  char names[64];
  BYTE data[32];
  ULONG size = sizeof names, tries;
  FILEATTRIBUTE info;
  EXPECT(SAR_USER_NOT_LOGGED_IN, SKF_CreateFile(application, "notes", 16, SECURE_ANYONE_ACCOUNT, SECURE_USER_ACCOUNT));
  OK(SKF_VerifyPIN(application, USER_TYPE, user_pin, &tries));
  OK(SKF_CreateFile(application, "notes", 16, SECURE_ANYONE_ACCOUNT, SECURE_USER_ACCOUNT));
  OK(SKF_CreateFile(application, "sealed", 4, SECURE_NEVER_ACCOUNT, SECURE_USER_ACCOUNT | SECURE_ADM_ACCOUNT));
  OK(SKF_CreateFile(application, "admin", 4, SECURE_ADM_ACCOUNT, SECURE_ADM_ACCOUNT));
  EXPECT(SAR_FILE_ALREADY_EXIST, SKF_CreateFile(application, "notes", 1, 0, 0));
  EXPECT(SAR_NO_ROOM, SKF_CreateFile(application, "vast", 1 << 30, 0, 0));
  EXPECT(SAR_NAMELENERR, SKF_CreateFile(application, "a name of more than thirty-two octets", 1, 0, 0));
  OK(SKF_EnumFiles(application, names, &size));
  CHECK(memcmp(names, "notes\0sealed\0admin\0", size) == 0);
  OK(SKF_WriteFile(application, "notes", 4, (const BYTE *)"text", 4));
  EXPECT(SAR_OFFSET_OVER_FILE, SKF_WriteFile(application, "notes", 13, (const BYTE *)"text", 4));
  EXPECT(SAR_FILE_NOT_EXIST, SKF_WriteFile(application, "none", 0, data, 1));
  EXPECT(SAR_USER_NOT_LOGGED_IN, SKF_WriteFile(application, "admin", 0, data, 1));
  OK(SKF_GetFileInfo(application, "notes", &info));
  CHECK(strcmp(info.FileName, "notes") == 0 && info.FileSize == 16 && info.ReadRights == SECURE_ANYONE_ACCOUNT && info.WriteRights == SECURE_USER_ACCOUNT);
  OK(SKF_ClearSecureState(application));
  size = 0;
  OK(SKF_ReadFile(application, "notes", 3, 100, NULL, &size));
  EXPECT(13, size);
  size = 4;
  EXPECT(SAR_BUFFER_TOO_SMALL, SKF_ReadFile(application, "notes", 3, 100, data, &size));
  size = sizeof data;
  OK(SKF_ReadFile(application, "notes", 3, 6, data, &size));
  CHECK(size == 6 && memcmp(data, "\0text\0", 6) == 0);
  EXPECT(SAR_OFFSET_OVER_FILE, SKF_ReadFile(application, "notes", 17, 1, data, &size));
  EXPECT(SAR_READFILEERR, SKF_ReadFile(application, "sealed", 0, 1, data, &size));
  EXPECT(SAR_USER_NOT_LOGGED_IN, SKF_ReadFile(application, "admin", 0, 1, data, &size));
  EXPECT(SAR_USER_NOT_LOGGED_IN, SKF_DeleteFile(application, "notes"));
  OK(SKF_VerifyPIN(application, ADMIN_TYPE, "admin-pin-2", &tries));
  OK(SKF_DeleteFile(application, "sealed"));
  OK(SKF_DeleteFile(application, "admin"));
  OK(SKF_VerifyPIN(application, USER_TYPE, user_pin, &tries));
  OK(SKF_DeleteFile(application, "notes"));
  EXPECT(SAR_FILE_NOT_EXIST, SKF_GetFileInfo(application, "notes", &info));
}

static void containers(void) {
  char names[64];
  BYTE certificate[300], read[300];
  ULONG size = sizeof names, type;
  HANDLE one, two, again;
  memset(certificate, 0x30, sizeof certificate);
  OK(SKF_CreateContainer(application, "one", &one));
  OK(SKF_CreateContainer(application, "two", &two));
  EXPECT(SAR_CONTAINER_EXISTS, SKF_CreateContainer(application, "one", &again));
  EXPECT(SAR_CONTAINER_NOT_EXISTS, SKF_OpenContainer(application, "three", &again));
  EXPECT(SAR_NAMELENERR, SKF_CreateContainer(application, "", &again));
  OK(SKF_EnumContainer(application, names, &size));
  CHECK(size == sizeof "one\0two\0" && memcmp(names, "one\0two\0", size) == 0);
  OK(SKF_GetContainerType(one, &type));
  EXPECT(CONTAINER_EMPTY, type);
  size = sizeof read;
  EXPECT(SAR_CERTNOTFOUNTERR, SKF_ExportCertificate(one, 1, read, &size));
  EXPECT(SAR_KEYNOTFOUNTERR, SKF_ExportPublicKey(one, 1, read, &size));
  EXPECT(SAR_INDATALENERR, SKF_ImportCertificate(one, 1, certificate, 0));
  OK(SKF_ImportCertificate(one, 1, certificate, 300));
  OK(SKF_ImportCertificate(one, 0, certificate, 200));
  OK(SKF_ExportCertificate(one, 1, NULL, &size));
  EXPECT(300, size);
  size = 200;
  OK(SKF_ExportCertificate(one, 0, read, &size));
  CHECK(size == 200 && memcmp(certificate, read, 200) == 0);
  OK(SKF_ClearSecureState(application));
  EXPECT(SAR_USER_NOT_LOGGED_IN, SKF_ImportCertificate(one, 1, certificate, 300));
  EXPECT(SAR_USER_NOT_LOGGED_IN, SKF_DeleteContainer(application, "two"));
  EXPECT(SAR_USER_NOT_LOGGED_IN, SKF_CreateContainer(application, "three", &again));
  OK(SKF_VerifyPIN(application, USER_TYPE, user_pin, &type));
  OK(SKF_DeleteContainer(application, "two"));
  EXPECT(SAR_CONTAINER_NOT_EXISTS, SKF_GetContainerType(two, &type));
  OK(SKF_DeleteContainer(application, "one"));
  EXPECT(SAR_CONTAINER_NOT_EXISTS, SKF_DeleteContainer(application, "one"));
  OK(SKF_CloseContainer(one));
  EXPECT(SAR_INVALIDHANDLEERR, SKF_CloseContainer(one));
}

/* The other chapters; in files of their own. */
void drive_sm2(HANDLE device, HANDLE application);
void drive_rsa(HANDLE device, HANDLE application);
void drive_symmetric(HANDLE device);
void drive_control(void);

int main(void) {
  devices();
  applications();
  pins();
  files();
  containers();
  drive_symmetric(device);
  drive_sm2(device, application);
  drive_rsa(device, application);
  OK(SKF_DisConnectDev(device));
  EXPECT(SAR_INVALIDHANDLEERR, SKF_ClearSecureState(application));
  drive_control();
  puts("all driven");
  return 0;
}
