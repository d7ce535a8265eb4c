using System.Globalization;

namespace Rekey.Tokens.Skf;

/// <summary>The one table from return values of SKF functions (GM/T 0016-2012 annex A) to causes that a user knows.</summary>
internal static class SarTable
{
    public const uint NotSupportedYet = 0x0A000003;
    public const uint InputData = 0x0A000011;
    public const uint KeyNotFound = 0x0A00001B;
    public const uint CertificateNotFound = 0x0A00001C;
    public const uint UserAlreadyLoggedIn = 0x0A000028;

    private const uint First = 0x0A000001;

    // In the order of the annex, from the first number on.
    private static readonly string[] Names =
    [
        "SAR_FAIL", "SAR_UNKNOWNERR", "SAR_NOTSUPPORTYETERR", "SAR_FILEERR", "SAR_INVALIDHANDLEERR", "SAR_INVALIDPARAMERR", "SAR_READFILEERR",
        "SAR_WRITEFILEERR", "SAR_NAMELENERR", "SAR_KEYUSAGEERR", "SAR_MODULUSLENERR", "SAR_NOTINITIALIZEERR", "SAR_OBJERR", "SAR_MEMORYERR",
        "SAR_TIMEOUTERR", "SAR_INDATALENERR", "SAR_INDATAERR", "SAR_GENRANDERR", "SAR_HASHOBJERR", "SAR_HASHERR", "SAR_GENRSAKEYERR",
        "SAR_RSAMODULUSLENERR", "SAR_CSPIMPRTPUBKEYERR", "SAR_RSAENCERR", "SAR_RSADECERR", "SAR_HASHNOTEQUALERR", "SAR_KEYNOTFOUNTERR",
        "SAR_CERTNOTFOUNTERR", "SAR_NOTEXPORTERR", "SAR_DECRYPTPADERR", "SAR_MACLENERR", "SAR_BUFFER_TOO_SMALL", "SAR_KEYINFOTYPEERR",
        "SAR_NOT_EVENTERR", "SAR_DEVICE_REMOVED", "SAR_PIN_INCORRECT", "SAR_PIN_LOCKED", "SAR_PIN_INVALID", "SAR_PIN_LEN_RANGE",
        "SAR_USER_ALREADY_LOGGED_IN", "SAR_USER_PIN_NOT_INITIALIZED", "SAR_USER_TYPE_INVALID", "SAR_APPLICATION_NAME_INVALID",
        "SAR_APPLICATION_EXISTS", "SAR_USER_NOT_LOGGED_IN", "SAR_APPLICATION_NOT_EXISTS", "SAR_FILE_ALREADY_EXIST", "SAR_NO_ROOM",
        "SAR_FILE_NOT_EXIST", "SAR_REACH_MAX_CONTAINER_COUNT",
    ];

    /// <summary>The cause behind a return value; what is not listed stays <see cref="TokenFault.Driver"/> and keeps its code.</summary>
    public static TokenFault Fault(uint code) => code switch
    {
        // A handle that the library dropped is how some libraries tell that the token was pulled out.
        0x0A000023 or 0x0A000005 => TokenFault.Removed,
        0x0A000024 or 0x0A000026 => TokenFault.PinWrong,
        0x0A000027 => TokenFault.PinNotPossible,
        0x0A000025 => TokenFault.PinLocked,
        0x0A000030 or 0x0A000032 => TokenFault.Full,
        NotSupportedYet => TokenFault.NotSupported,

        // The annex has no number for a container that is not there; this one is the most common of the vendors'.
        KeyNotFound or 0x0B000035 => TokenFault.PairMissing,
        _ => TokenFault.Driver,
    };

    /// <summary>Whether a return value says that a ciphertext is not for the key, or was altered: wrong data, RSA decryption, padding.</summary>
    public static bool SaysUndecryptable(uint code) => code is InputData or 0x0A000019 or 0x0A00001E;

    /// <summary>The exception for a return value.</summary>
    /// <param name="function">The function that returned it.</param>
    /// <param name="code">The return value.</param>
    public static TokenException Exception(string function, uint code) => new(Fault(code), $"{function} {Name(code)}");

    // Vendors return codes of their own; those have no name but keep their value.
    private static string Name(uint code)
    {
        var value = code.ToString("X8", CultureInfo.InvariantCulture);
        return code - First < Names.Length ? $"{Names[code - First]} (0x{value})" : $"0x{value}";
    }
}
