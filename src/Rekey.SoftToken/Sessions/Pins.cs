using System.Security.Cryptography;
using Rekey.SoftToken.Abi;
using Rekey.SoftToken.Storage;

namespace Rekey.SoftToken.Sessions;

/// <summary>PINs of an application, and their tries.</summary>
internal static class Pins
{
    private const int Shortest = 6; // GM/T 0016-2012 clause 9.4.3
    private const int Longest = 16;
    private const int SaltSize = 16;

    public static PinState Create(ReadOnlySpan<byte> pin, ReadOnlySpan<byte> applicationKey, byte[] deviceKey, int tries, bool isDefault)
    {
        CheckLength(pin);
        var salt = RandomNumberGenerator.GetBytes(SaltSize);
        var key = SealedBox.PinKey(pin, salt, deviceKey);
        try
        {
            return new() { Salt = salt, SealedKey = SealedBox.Seal(key, applicationKey), MaxTries = tries, TriesLeft = tries, IsDefault = isDefault };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    public static PinState Of(ApplicationState application, uint type) => type switch
    {
        Sgd.AdminPin => application.AdminPin,
        Sgd.UserPin => application.UserPin,
        _ => throw new SarException(Sar.UserTypeInvalid),
    };

    /// <summary>
    /// Tries a PIN. A wrong one costs a try, and that is stored before the caller hears of it; a right one gives all tries back, which
    /// the caller stores with whatever else it does.
    /// </summary>
    /// <param name="call">The call.</param>
    /// <param name="state">The PIN that is stored.</param>
    /// <param name="pin">The PIN that was given.</param>
    /// <param name="tell">Hears how many tries are left.</param>
    /// <returns>The application's key; the caller clears it.</returns>
    public static byte[] Verify(Call call, PinState state, ReadOnlySpan<byte> pin, Action<uint> tell)
    {
        if (state.TriesLeft == 0)
        {
            tell(0);
            throw new SarException(Sar.PinLocked);
        }

        CheckLength(pin); // one that cannot be right costs no try
        var key = SealedBox.PinKey(pin, state.Salt, call.DeviceKey);
        var opened = SealedBox.Open(key, state.SealedKey);
        CryptographicOperations.ZeroMemory(key);
        if (opened is null)
        {
            state.TriesLeft--;
            call.Commit();
            tell((uint)state.TriesLeft);
            throw new SarException(Sar.PinIncorrect);
        }

        state.TriesLeft = state.MaxTries;
        tell((uint)state.TriesLeft);
        return opened;
    }

    private static void CheckLength(ReadOnlySpan<byte> pin) => SarException.ThrowIf(pin.Length is < Shortest or > Longest, Sar.PinLengthRange);
}
