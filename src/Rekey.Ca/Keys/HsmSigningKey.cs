using System.Collections.Concurrent;
using Rekey.Ca.Configuration;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Keys;
using Rekey.Store.Keys;
using Rekey.Tokens;
using Rekey.Tokens.Host;
using Rekey.Tokens.Hsm;

namespace Rekey.Ca.Keys;

/// <summary>
/// A signing key in an HSM. Several sessions sign side by side; one whose library crashed, hung or lost the token is opened anew,
/// and the signature is tried once more, because signing twice does no harm.
/// </summary>
public sealed class HsmSigningKey : ISigningKey, IDisposable
{
    private readonly HsmSettings settings;
    private readonly HostProgram host;
    private readonly SemaphoreSlim free;
    private readonly ConcurrentBag<HsmSession> idle = [];

    private HsmSigningKey(HsmSettings settings, HostProgram host, PublicKey publicKey, HsmSession first)
    {
        this.settings = settings;
        this.host = host;
        PublicKey = publicKey;
        free = new(settings.Sessions);
        idle.Add(first);
    }

    /// <inheritdoc/>
    public PublicKey PublicKey { get; }

    /// <summary>Opens the private key that belongs to a public key.</summary>
    /// <param name="settings">The HSM.</param>
    /// <param name="spki">DER SubjectPublicKeyInfo, from the CA's certificate.</param>
    /// <param name="host">Starts the child processes.</param>
    /// <exception cref="ConfigurationException">Token not there, PIN wrong, no such key.</exception>
    public static HsmSigningKey Open(HsmSettings settings, ReadOnlyMemory<byte> spki, HostProgram host) => Guard(settings, () =>
        new HsmSigningKey(settings, host, PublicKey.FromSpki(spki), HsmSession.Open(settings, Pin(settings), host, spki)));

    /// <summary>Generates a key in the HSM: made there, never extractable.</summary>
    /// <param name="settings">The HSM.</param>
    /// <param name="label">For people.</param>
    /// <param name="suite">The kind of key.</param>
    /// <param name="host">Starts the child processes.</param>
    /// <exception cref="ConfigurationException">Token not there, PIN wrong, the HSM does not generate such keys.</exception>
    public static HsmSigningKey Generate(HsmSettings settings, string label, AlgorithmSuite suite, HostProgram host) => Guard(settings, () =>
    {
        var (session, spki) = HsmSession.Generate(settings, Pin(settings), host, label, suite);
        return new HsmSigningKey(settings, host, PublicKey.FromSpki(spki), session);
    });

    /// <inheritdoc/>
    public byte[] Sign(ReadOnlySpan<byte> data)
    {
        free.Wait();
        try
        {
            var session = idle.TryTake(out var used) ? used : HsmSession.Open(settings, Pin(settings), host, PublicKey.Spki);
            try
            {
                var signature = session.Sign(PublicKey.Suite, data);
                idle.Add(session);
                return signature;
            }
            catch (TokenException)
            {
                session.Dispose();
            }

            session = HsmSession.Open(settings, Pin(settings), host, PublicKey.Spki);
            var second = session.Sign(PublicKey.Suite, data);
            idle.Add(session);
            return second;
        }
        finally
        {
            free.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (idle.TryTake(out var session))
        {
            session.Dispose();
        }

        free.Dispose();
        PublicKey.Dispose();
    }

    private static string Pin(HsmSettings settings) => KeyFile.ReadPassphrase(settings.PinFile);

    private static HsmSigningKey Guard(HsmSettings settings, Func<HsmSigningKey> open)
    {
        try
        {
            return open();
        }
        catch (TokenException e)
        {
            throw new ConfigurationException($"{settings.Module}, token {settings.Token}: {e.Message}", e);
        }
        catch (PrivateKeyException e)
        {
            throw new ConfigurationException(e.Message, e);
        }
    }
}
