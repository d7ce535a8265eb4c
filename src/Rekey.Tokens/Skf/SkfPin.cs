namespace Rekey.Tokens.Skf;

/// <summary>The user's PIN of an application.</summary>
internal static class SkfPin
{
    private const nuint UserPin = 1;

    /// <summary>What a token tells without PIN.</summary>
    public static TokenInfo Describe(SkfLibrary library, SkfProfile profile, SkfDeviceInfo device, nuint application, TokenIdentity identity)
    {
        using var most = NativeBuffer.Slot();
        using var left = NativeBuffer.Slot();
        using var isDefault = NativeBuffer.Slot();
        library.Call("SKF_GetPINInfo", application, UserPin, most.Address, left.Address, isDefault.Address);
        var tries = left.Number switch
        {
            0 => PinTries.Locked,
            1 => PinTries.Last,
            var n => n < (profile.PinTries ?? most.Number) ? PinTries.Low : PinTries.Plenty,
        };
        return new(identity, device.Label, tries, (int)left.Number, WriteProtected: false, PinPad: false, Formatted: true, device.FreeSpace, device.Generates, device.Imports(library))
        {
            Decrypts = SkfSecrets.Algorithms(library, device),
            PinRules = profile.PinRules,
            PairsAreOfOneKind = true,
        };
    }

    /// <summary>Logs the user in.</summary>
    /// <exception cref="TokenException">With the tries that are left, when the PIN was wrong.</exception>
    public static void Verify(SkfLibrary library, SkfProfile profile, nuint application, ReadOnlySpan<byte> pin)
    {
        const string Function = "SKF_VerifyPIN";
        if (profile.PinRules.WhyNot(pin) is not null)
        {
            throw new TokenException(TokenFault.PinNotPossible, $"{Function}: not called");
        }

        using var text = new NativeBuffer(pin);
        using var left = NativeBuffer.Slot();
        var code = library.Try(Function, application, UserPin, text.Address, left.Address);
        if (code is 0 or SarTable.UserAlreadyLoggedIn)
        {
            return;
        }

        var fault = SarTable.Exception(Function, code);
        throw fault.Fault == TokenFault.PinWrong ? new TokenException(fault.Fault, fault.DriverCode) { TriesLeft = (int)left.Number } : fault;
    }
}
