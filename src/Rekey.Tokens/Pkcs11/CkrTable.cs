using System.Globalization;
using Net.Pkcs11Interop.Common;

namespace Rekey.Tokens.Pkcs11;

/// <summary>The one table from PKCS#11 return values (PKCS#11 v2.40 section 2.1) to causes that a user knows.</summary>
internal static class CkrTable
{
    /// <summary>The cause behind a return value; what is not listed stays <see cref="TokenFault.Driver"/> and keeps its code.</summary>
    public static TokenFault Fault(CKR code) => code switch
    {
        // A session that the library dropped is how several libraries tell that the token was pulled out.
        CKR.CKR_DEVICE_REMOVED or CKR.CKR_TOKEN_NOT_PRESENT or CKR.CKR_TOKEN_NOT_RECOGNIZED or CKR.CKR_SLOT_ID_INVALID
            or CKR.CKR_SESSION_HANDLE_INVALID or CKR.CKR_SESSION_CLOSED => TokenFault.Removed,
        CKR.CKR_PIN_INCORRECT or CKR.CKR_PIN_INVALID or CKR.CKR_PIN_LEN_RANGE => TokenFault.PinWrong,
        CKR.CKR_PIN_LOCKED => TokenFault.PinLocked,
        CKR.CKR_FUNCTION_CANCELED or CKR.CKR_CANCEL or CKR.CKR_FUNCTION_REJECTED => TokenFault.Cancelled,
        CKR.CKR_DEVICE_MEMORY => TokenFault.Full,
        CKR.CKR_TOKEN_WRITE_PROTECTED or CKR.CKR_SESSION_READ_ONLY => TokenFault.WriteProtected,
        CKR.CKR_MECHANISM_INVALID or CKR.CKR_MECHANISM_PARAM_INVALID or CKR.CKR_FUNCTION_NOT_SUPPORTED or CKR.CKR_KEY_SIZE_RANGE
            or CKR.CKR_CURVE_NOT_SUPPORTED => TokenFault.NotSupported,
        CKR.CKR_ENCRYPTED_DATA_INVALID or CKR.CKR_ENCRYPTED_DATA_LEN_RANGE => TokenFault.EnvelopeRefused,
        _ => TokenFault.Driver,
    };

    /// <summary>The exception for a return value.</summary>
    /// <param name="function">The C_ function that returned it.</param>
    /// <param name="code">The return value.</param>
    /// <param name="inner">Where it came from.</param>
    public static TokenException Exception(string function, CKR code, Exception? inner = null) =>
        new(Fault(code), $"{function} {Name(code)}", inner);

    // Vendors return codes of their own; those have no name but keep their value.
    private static string Name(CKR code)
    {
        var value = ((ulong)code).ToString("X8", CultureInfo.InvariantCulture);
        return Enum.IsDefined(code) ? $"{code} (0x{value})" : $"0x{value}";
    }
}
