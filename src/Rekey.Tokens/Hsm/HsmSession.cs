using System.Security.Cryptography;
using System.Text;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Envelopes;
using Rekey.Tokens.Host;

namespace Rekey.Tokens.Hsm;

/// <summary>A logged-in session with one key of an HSM or of a person's token, in a child process of its own. Not for use by several threads.</summary>
public sealed class HsmSession : IDisposable
{
    private readonly HostedModule module;
    private readonly IToken token;
    private byte[] id = [];

    private HsmSession(HostedModule module, IToken token)
    {
        this.module = module;
        this.token = token;
    }

    /// <summary>Opens the private key that belongs to a public key.</summary>
    /// <param name="settings">The HSM.</param>
    /// <param name="pin">Its user PIN.</param>
    /// <param name="host">Starts the child process.</param>
    /// <param name="spki">DER SubjectPublicKeyInfo.</param>
    /// <exception cref="TokenException">Token not there, PIN wrong, no such key.</exception>
    public static HsmSession Open(HsmSettings settings, string pin, HostProgram host, ReadOnlyMemory<byte> spki) =>
        Open(settings, () => pin, host, p => p.Spki.AsSpan().SequenceEqual(spki.Span));

    /// <summary>Opens a private key.</summary>
    /// <param name="settings">The HSM or token.</param>
    /// <param name="pin">Gives its user PIN, asked only when the token is there, would not be locked by a wrong one, and has no keypad of its own.</param>
    /// <param name="host">Starts the child process.</param>
    /// <param name="wanted">Which pair.</param>
    /// <exception cref="TokenException">Token not there, PIN wrong, no such key.</exception>
    public static HsmSession Open(HsmSettings settings, Func<string> pin, HostProgram host, Func<TokenPair, bool> wanted)
    {
        var session = LogIn(settings, pin, host);
        try
        {
            var pair = session.token.ListPairs().FirstOrDefault(p => p.HasPrivateKey == true && wanted(p))
                ?? throw new TokenException(TokenFault.PairMissing, "the key of the certificate");
            session.id = pair.Id;
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Generates a key in the HSM: made there, never extractable.</summary>
    /// <param name="settings">The HSM.</param>
    /// <param name="pin">Its user PIN.</param>
    /// <param name="host">Starts the child process.</param>
    /// <param name="label">For people.</param>
    /// <param name="suite">The kind of key.</param>
    /// <exception cref="TokenException">Token not there, PIN wrong, the HSM does not generate such keys.</exception>
    public static (HsmSession Session, byte[] Spki) Generate(HsmSettings settings, string pin, HostProgram host, string label, AlgorithmSuite suite)
    {
        var session = LogIn(settings, () => pin, host);
        try
        {
            session.id = RandomNumberGenerator.GetBytes(16);
            var pair = session.token.GenerateSigningPair(session.id, label, suite);
            return (session, pair.Spki ?? throw new TokenException(TokenFault.Driver, "the new key's public half does not show"));
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Signs, as <see cref="ISigningKey.Sign"/> does.</summary>
    /// <exception cref="TokenException">The HSM does not.</exception>
    public byte[] Sign(AlgorithmSuite suite, ReadOnlySpan<byte> data) => token.Sign(id, suite, data);

    /// <summary>Opens a secret, as <see cref="IToken.Decrypt"/> does; the caller clears it.</summary>
    /// <exception cref="TokenException">The token does not.</exception>
    public byte[] Decrypt(EncryptedSecret secret) => token.Decrypt(id, secret);

    /// <inheritdoc/>
    public void Dispose()
    {
        token.Dispose();
        module.Dispose();
    }

    private static HsmSession LogIn(HsmSettings settings, Func<string> pin, HostProgram host)
    {
        byte[] octets = [];
        var module = new HostedModule(settings.Module, settings.Environment, host, HostLimits.Default, TimeProvider.System);
        try
        {
            var found = module.ListTokens().Where(t => t.Label == settings.Token).ToList();
            if (found is not [var info])
            {
                throw new TokenException(TokenFault.Removed, found.Count == 0 ? "there is no token of this label" : "several tokens have this label");
            }

            if (info.Tries is PinTries.Last or PinTries.Locked)
            {
                // A service that restarts by itself must not be the one that locks the HSM.
                throw new TokenException(TokenFault.PinLocked, "one more wrong PIN would lock the token; check the PIN file and log in by hand once");
            }

            octets = info.PinPad ? [] : Encoding.UTF8.GetBytes(pin());
            var token = module.Open(info.Identity);
            token.Login(octets);
            return new(module, token);
        }
        catch
        {
            module.Dispose();
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(octets);
        }
    }
}
