using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;

namespace Rekey.Tokens.Pkcs11;

/// <summary>
/// A PKCS#11 v2.40 library in this process. The agent never uses it directly but through a child process
/// (<see cref="Host.HostedModule"/>), because a vendor's library may crash or hang.
/// </summary>
public sealed class Pkcs11Module : ITokenModule
{
    private readonly IPkcs11Library library;

    // What a token can do does not change while it is plugged in, and asking costs a call per mechanism.
    private readonly Dictionary<TokenIdentity, Abilities> abilities = [];

    /// <summary>Loads a library and initialises it.</summary>
    /// <param name="path">Absolute path of the shared library.</param>
    /// <exception cref="TokenException">It cannot be loaded or initialised.</exception>
    public Pkcs11Module(string path)
    {
        Name = Path.GetFileName(path);
        library = Pkcs11Library.Load(path);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public IReadOnlyList<TokenInfo> ListTokens() => [.. Slots().Select(s => s.Info)];

    /// <inheritdoc/>
    public IToken Open(TokenIdentity identity)
    {
        var found = Slots().FirstOrDefault(s => s.Info.Identity == identity);
        if (found.Slot is null)
        {
            throw CkrTable.Exception("C_GetSlotList", CKR.CKR_TOKEN_NOT_PRESENT);
        }

        return new Pkcs11Token(OpenSession(found.Slot), () => Describe(found.Slot));
    }

    /// <inheritdoc/>
    public void Dispose() => Pkcs11Library.CloseQuietly(library);

    // A write-protected token opens for reading only; writing to it then says so.
    private static ISession OpenSession(ISlot slot)
    {
        try
        {
            return Pkcs11Library.Call(() => slot.OpenSession(SessionType.ReadWrite));
        }
        catch (TokenException e) when (e.Fault == TokenFault.WriteProtected)
        {
            return Pkcs11Library.Call(() => slot.OpenSession(SessionType.ReadOnly));
        }
    }

    private List<(ISlot Slot, TokenInfo Info)> Slots()
    {
        var slots = Pkcs11Library.Call(() => library.GetSlotList(SlotsType.WithTokenPresent));
        var found = new List<(ISlot, TokenInfo)>();
        foreach (var slot in slots)
        {
            try
            {
                found.Add((slot, Describe(slot)));
            }
            catch (TokenException)
            {
                // A reader with a foreign card, or a token pulled out between two calls, hides no other token.
            }
        }

        return found;
    }

    private TokenInfo Describe(ISlot slot)
    {
        var info = Pkcs11Library.Call(slot.GetTokenInfo);
        var flags = info.TokenFlags;
        var identity = new TokenIdentity("pkcs11", info.ManufacturerId.Trim(), info.Model.Trim(), info.SerialNumber.Trim());
        var able = AbilitiesOf(slot, identity);
        return new(
            identity,
            info.Label.Trim(),
            flags.UserPinLocked ? PinTries.Locked : flags.UserPinFinalTry ? PinTries.Last : flags.UserPinCountLow ? PinTries.Low : PinTries.Plenty,
            TriesLeft: null,
            flags.WriteProtected,
            flags.ProtectedAuthenticationPath,
            flags.TokenInitialized && flags.UserPinInitialized,
            FreeBytes(info),
            able.Generates,
            able.Imports)
        {
            Decrypts = able.Decrypts,
        };
    }

    // CK_UNAVAILABLE_INFORMATION is all ones; some tokens answer zero of zero instead.
    private static long? FreeBytes(ITokenInfo info)
    {
        ulong[] values = [info.FreePublicMemory, info.FreePrivateMemory];
        return values.Any(v => v >= uint.MaxValue) || info.TotalPublicMemory + info.TotalPrivateMemory == 0
            ? null
            : (long)values.Aggregate((a, b) => a + b);
    }

    private Abilities AbilitiesOf(ISlot slot, TokenIdentity identity)
    {
        if (!abilities.TryGetValue(identity, out var known))
        {
            abilities[identity] = known = Pkcs11Library.Call(() => Mechanisms.Of(slot));
        }

        return known;
    }
}
