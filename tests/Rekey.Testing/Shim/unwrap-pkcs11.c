/*
 * Unwraps a private key on a PKCS#11 token in two steps, as an agent does: the passing AES key by RSA-OAEP (SHA-1) with the token's
 * transport key (CKA_ID 01), then the private key by AES key wrap with padding (0x210A) into a token object with CKA_ID 02.
 *
 * Arguments: library, PIN, file of the encrypted passing key, file of the wrapped key, CKK of the private key (0 RSA, 3 EC).
 * Prints "sensitive=1 extractable=0" of what came out; ends with 1 and the function's name and code when the token refuses.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned long ulong_t;
typedef ulong_t (*function_t)(ulong_t, ...);
struct attribute { ulong_t type; void *value; ulong_t length; };
struct mechanism { ulong_t type; void *parameter; ulong_t length; };
struct oaep { ulong_t hash, mask, source; void *data; ulong_t length; };

static void *library;

static ulong_t call(const char *name, ulong_t a, ulong_t b, ulong_t c, ulong_t d, ulong_t e, ulong_t f, ulong_t g, ulong_t h)
{
    ulong_t code = ((function_t)dlsym(library, name))(a, b, c, d, e, f, g, h);
    if (code != 0) {
        printf("%s 0x%lx\n", name, code);
        exit(1);
    }
    return code;
}

#define CALL(name, ...) CALL_(name, __VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define CALL_(name, a, b, c, d, e, f, g, h, ...) call(name, (ulong_t)(a), (ulong_t)(b), (ulong_t)(c), (ulong_t)(d), (ulong_t)(e), (ulong_t)(f), (ulong_t)(g), (ulong_t)(h))

static ulong_t load(const char *file, unsigned char *octets)
{
    FILE *f = fopen(file, "rb");
    ulong_t length = f == NULL ? 0 : fread(octets, 1, 8192, f);
    if (f != NULL)
        fclose(f);
    return length;
}

int main(int argc, char **argv)
{
    static unsigned char passing[8192], wrapped[8192];
    ulong_t slot[8], slots = 8, session, transport, found, aes, key;
    unsigned char yes = 1, no = 0, id1 = 1, id2 = 2, sensitive = 9, extractable = 9;
    ulong_t secret_class = 4, private_class = 3, aes_type = 0x1F, key_type = argc > 5 ? strtoul(argv[5], NULL, 10) : 0;

    if (argc != 6 || (library = dlopen(argv[1], RTLD_NOW)) == NULL)
        return 2;
    ulong_t passing_length = load(argv[3], passing), wrapped_length = load(argv[4], wrapped);
    CALL("C_Initialize", 0);
    CALL("C_GetSlotList", 1, slot, &slots); /* the one with the token first, then the empty one that SoftHSM always has */
    CALL("C_OpenSession", slot[0], 4 | 2, 0, 0, &session);
    CALL("C_Login", session, 1, argv[2], strlen(argv[2]));

    struct attribute search[] = {{0x000, &private_class, sizeof private_class}, {0x102, &id1, 1}};
    CALL("C_FindObjectsInit", session, search, 2);
    CALL("C_FindObjects", session, &transport, 1, &found);
    CALL("C_FindObjectsFinal", session);

    struct oaep oaep = {0x220, 1, 1, NULL, 0};
    struct mechanism by_oaep = {9, &oaep, sizeof oaep}, by_wrap = {0x210A, NULL, 0};
    struct attribute aes_template[] = {
        {0x000, &secret_class, sizeof secret_class}, {0x100, &aes_type, sizeof aes_type}, {0x001, &no, 1}, {0x103, &yes, 1}, {0x162, &no, 1}, {0x107, &yes, 1},
    };
    CALL("C_UnwrapKey", session, &by_oaep, transport, passing, passing_length, aes_template, 6, &aes);

    struct attribute key_template[] = {
        {0x000, &private_class, sizeof private_class}, {0x100, &key_type, sizeof key_type}, {0x001, &yes, 1}, {0x002, &yes, 1}, {0x103, &yes, 1},
        {0x162, &no, 1}, {0x102, &id2, 1}, {0x108, &yes, 1},
    };
    CALL("C_UnwrapKey", session, &by_wrap, aes, wrapped, wrapped_length, key_template, 8, &key);
    struct attribute result[] = {{0x103, &sensitive, 1}, {0x162, &extractable, 1}};
    CALL("C_GetAttributeValue", session, key, result, 2);
    printf("sensitive=%d extractable=%d\n", sensitive, extractable);
    return 0;
}
