/*
 * A PKCS#11 library for tests: forwards every function to another library and does to the calls what a control file says, so that a
 * test can break any of them. Every C_ function takes at most eight arguments, all of them integers or pointers of one register each,
 * so one forwarder serves all on 64-bit Linux.
 *
 * Environment: REKEY_SHIM_LIBRARY (the library behind), REKEY_SHIM_CONTROL (a directory with the file "plan"; this library writes
 * "calls", one line "NUMBER NAME" for each call, numbered through all processes that use the directory).
 *
 * Lines of the plan, N counting from 1:
 *   remove N         from call N on there is no token, until the line goes
 *   fail N CODE      call N is not done and returns CODE
 *   lose N CODE      call N is done, but returns CODE and no data
 *   hang N           call N never returns
 *   crash N          call N ends the process
 *   refuse NAME CODE every call of a function returns CODE
 *   flags BITS       flags to add in C_GetTokenInfo
 *   free BYTES       free public memory in C_GetTokenInfo (private: none)
 *   noise            prints to standard output
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

typedef unsigned long ulong_t;
typedef ulong_t (*function_t)(ulong_t, ulong_t, ulong_t, ulong_t, ulong_t, ulong_t, ulong_t, ulong_t);

#define CKR_DEVICE_REMOVED 0x32UL
#define CKR_GENERAL_ERROR 0x05UL

/* In the order of CK_FUNCTION_LIST (PKCS#11 v2.40). */
#define FUNCTIONS(X) \
  X(C_Initialize) X(C_Finalize) X(C_GetInfo) X(C_GetFunctionList) X(C_GetSlotList) X(C_GetSlotInfo) X(C_GetTokenInfo) \
  X(C_GetMechanismList) X(C_GetMechanismInfo) X(C_InitToken) X(C_InitPIN) X(C_SetPIN) X(C_OpenSession) X(C_CloseSession) \
  X(C_CloseAllSessions) X(C_GetSessionInfo) X(C_GetOperationState) X(C_SetOperationState) X(C_Login) X(C_Logout) \
  X(C_CreateObject) X(C_CopyObject) X(C_DestroyObject) X(C_GetObjectSize) X(C_GetAttributeValue) X(C_SetAttributeValue) \
  X(C_FindObjectsInit) X(C_FindObjects) X(C_FindObjectsFinal) X(C_EncryptInit) X(C_Encrypt) X(C_EncryptUpdate) \
  X(C_EncryptFinal) X(C_DecryptInit) X(C_Decrypt) X(C_DecryptUpdate) X(C_DecryptFinal) X(C_DigestInit) X(C_Digest) \
  X(C_DigestUpdate) X(C_DigestKey) X(C_DigestFinal) X(C_SignInit) X(C_Sign) X(C_SignUpdate) X(C_SignFinal) \
  X(C_SignRecoverInit) X(C_SignRecover) X(C_VerifyInit) X(C_Verify) X(C_VerifyUpdate) X(C_VerifyFinal) \
  X(C_VerifyRecoverInit) X(C_VerifyRecover) X(C_DigestEncryptUpdate) X(C_DecryptDigestUpdate) X(C_SignEncryptUpdate) \
  X(C_DecryptVerifyUpdate) X(C_GenerateKey) X(C_GenerateKeyPair) X(C_WrapKey) X(C_UnwrapKey) X(C_DeriveKey) X(C_SeedRandom) \
  X(C_GenerateRandom) X(C_GetFunctionStatus) X(C_CancelFunction) X(C_WaitForSlotEvent)

#define INDEX(name) I_##name,
enum { FUNCTIONS(INDEX) COUNT };
#define NAME(name) #name,
static const char *const names[COUNT] = { FUNCTIONS(NAME) };

struct function_list {
  unsigned char version[2];
  function_t functions[COUNT];
};

static struct function_list *behind;
static struct function_list table;

/* After a removal the sessions of this process stay dead, even when the token is back. */
static int sessions_dead;

static const char *control(const char *file, char path[PATH_MAX]) {
  snprintf(path, PATH_MAX, "%s/%s", getenv("REKEY_SHIM_CONTROL"), file);
  return path;
}

/* Numbers the call through all processes. */
static long count_call(int which) {
  char path[PATH_MAX], line[128];
  long number = 1;
  int fd = open(control("calls", path), O_RDWR | O_CREAT | O_APPEND, 0600);
  if (fd < 0) abort();
  flock(fd, LOCK_EX);
  int counter = open(control("count", path), O_RDWR | O_CREAT, 0600);
  if (counter < 0) abort();
  ssize_t length = pread(counter, line, sizeof line - 1, 0);
  if (length > 0) {
    line[length] = 0;
    number = atol(line) + 1;
  }
  length = snprintf(line, sizeof line, "%ld\n", number);
  if (pwrite(counter, line, (size_t)length, 0) != length) abort();
  close(counter);
  length = snprintf(line, sizeof line, "%ld %s\n", number, names[which]);
  if (write(fd, line, (size_t)length) != length) abort();
  close(fd);
  return number;
}

struct plan {
  long remove, fail, lose, hang, crash;
  ulong_t code, refusal, flags;
  long free_memory;
  int noise, refused;
};

static struct plan read_plan(int which) {
  struct plan plan = { .free_memory = -1 };
  char path[PATH_MAX], line[256], name[64];
  long number;
  FILE *file = fopen(control("plan", path), "r");
  if (file == NULL) return plan;
  while (fgets(line, sizeof line, file) != NULL) {
    ulong_t code = CKR_GENERAL_ERROR;
    if (sscanf(line, "remove %ld", &number) == 1) plan.remove = number;
    else if (sscanf(line, "fail %ld %li", &number, (long *)&code) >= 1) plan.fail = number, plan.code = code;
    else if (sscanf(line, "lose %ld %li", &number, (long *)&code) >= 1) plan.lose = number, plan.code = code;
    else if (sscanf(line, "hang %ld", &number) == 1) plan.hang = number;
    else if (sscanf(line, "crash %ld", &number) == 1) plan.crash = number;
    else if (sscanf(line, "refuse %63s %li", name, (long *)&code) == 2) {
      if (strcmp(name, names[which]) == 0) plan.refused = 1, plan.refusal = code;
    }
    else if (sscanf(line, "flags %li", (long *)&code) == 1) plan.flags = code;
    else if (sscanf(line, "free %ld", &number) == 1) plan.free_memory = number;
    else if (strncmp(line, "noise", 5) == 0) plan.noise = 1;
  }
  fclose(file);
  return plan;
}

/* What there is without a token: the library itself, and an empty list of slots. */
static int without_token(int which, ulong_t a3, ulong_t *result) {
  switch (which) {
    case I_C_Initialize: case I_C_Finalize: case I_C_GetInfo: return 0;
    case I_C_GetSlotList: *(ulong_t *)a3 = 0; *result = 0; return 1;
    default: *result = CKR_DEVICE_REMOVED; return 1;
  }
}

static int needs_session(int which) {
  return which >= I_C_CloseSession && which <= I_C_WaitForSlotEvent - 1 && which != I_C_CloseAllSessions;
}

/* CK_TOKEN_INFO: flags behind 96 octets of text, free public and private memory at 160 and 176. */
static void dress(struct plan plan, ulong_t info) {
  *(ulong_t *)(info + 96) |= plan.flags;
  if (plan.free_memory >= 0) {
    *(ulong_t *)(info + 152) = *(ulong_t *)(info + 168) = 65536;
    *(long *)(info + 160) = plan.free_memory;
    *(long *)(info + 176) = 0;
  }
}

static ulong_t call(int which, ulong_t a1, ulong_t a2, ulong_t a3, ulong_t a4, ulong_t a5, ulong_t a6, ulong_t a7, ulong_t a8) {
  struct plan plan = read_plan(which);
  long number = count_call(which);
  ulong_t result;
  if (plan.noise) {
    printf("vendor says %s\n", names[which]);
    fflush(stdout);
  }
  if (plan.crash == number) abort();
  if (plan.hang == number) for (;;) pause();
  if (plan.remove > 0 && number >= plan.remove) {
    sessions_dead = 1;
    if (without_token(which, a3, &result)) return result;
  }
  if (which == I_C_OpenSession || which == I_C_Initialize) sessions_dead = 0;
  if (sessions_dead && needs_session(which)) return CKR_DEVICE_REMOVED;
  if (plan.fail == number) return plan.code;
  if (plan.refused) return plan.refusal;
  result = behind->functions[which](a1, a2, a3, a4, a5, a6, a7, a8);
  if (plan.lose == number) return plan.code;
  if (which == I_C_GetTokenInfo && result == 0) dress(plan, a2);
  return result;
}

#define FORWARD(name) \
  static ulong_t shim_##name(ulong_t a1, ulong_t a2, ulong_t a3, ulong_t a4, ulong_t a5, ulong_t a6, ulong_t a7, ulong_t a8) { \
    return call(I_##name, a1, a2, a3, a4, a5, a6, a7, a8); \
  }
FUNCTIONS(FORWARD)
#define ENTRY(name) shim_##name,
static const function_t forwarders[COUNT] = { FUNCTIONS(ENTRY) };

ulong_t C_GetFunctionList(struct function_list **list) {
  if (behind == NULL) {
    void *library = dlopen(getenv("REKEY_SHIM_LIBRARY"), RTLD_NOW | RTLD_LOCAL);
    ulong_t (*get)(struct function_list **) = library ? (ulong_t (*)(struct function_list **))dlsym(library, "C_GetFunctionList") : NULL;
    if (get == NULL || get(&behind) != 0) return CKR_GENERAL_ERROR;
    memcpy(table.version, behind->version, sizeof table.version);
    memcpy(table.functions, forwarders, sizeof forwarders);
  }
  *list = &table;
  return 0;
}
