using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Rekey.Ca.Configuration;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Keys;
using Rekey.Store.Keys;
using Rekey.Tokens;
using Rekey.Tokens.Host;

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
    private readonly ConcurrentBag<Session> idle = [];

    private HsmSigningKey(HsmSettings settings, HostProgram host, PublicKey publicKey, Session first)
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
        new HsmSigningKey(settings, host, PublicKey.FromSpki(spki), Session.Open(settings, host, spki)));

    /// <summary>Generates a key in the HSM: made there, never extractable.</summary>
    /// <param name="settings">The HSM.</param>
    /// <param name="label">For people.</param>
    /// <param name="suite">The kind of key.</param>
    /// <param name="host">Starts the child processes.</param>
    /// <exception cref="ConfigurationException">Token not there, PIN wrong, the HSM does not generate such keys.</exception>
    public static HsmSigningKey Generate(HsmSettings settings, string label, AlgorithmSuite suite, HostProgram host) => Guard(settings, () =>
    {
        var (session, spki) = Session.Generate(settings, host, label, suite);
        return new HsmSigningKey(settings, host, PublicKey.FromSpki(spki), session);
    });

    /// <inheritdoc/>
    public byte[] Sign(ReadOnlySpan<byte> data)
    {
        free.Wait();
        try
        {
            var session = idle.TryTake(out var used) ? used : Session.Open(settings, host, PublicKey.Spki);
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

            session = Session.Open(settings, host, PublicKey.Spki);
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

    /// <summary>A logged-in session in a child process of its own.</summary>
    private sealed class Session : IDisposable
    {
        private readonly HostedModule module;
        private readonly IToken token;
        private byte[] id = [];

        private Session(HostedModule module, IToken token)
        {
            this.module = module;
            this.token = token;
        }

        public static Session Open(HsmSettings settings, HostProgram host, ReadOnlyMemory<byte> spki)
        {
            var session = LogIn(settings, host);
            try
            {
                var pair = session.token.ListPairs().FirstOrDefault(p => p.HasPrivateKey == true && p.Spki.AsSpan().SequenceEqual(spki.Span))
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

        public static (Session Session, byte[] Spki) Generate(HsmSettings settings, HostProgram host, string label, AlgorithmSuite suite)
        {
            var session = LogIn(settings, host);
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

        public byte[] Sign(AlgorithmSuite suite, ReadOnlySpan<byte> data) => token.Sign(id, suite, data);

        public void Dispose()
        {
            token.Dispose();
            module.Dispose();
        }

        private static Session LogIn(HsmSettings settings, HostProgram host)
        {
            var pin = Encoding.UTF8.GetBytes(KeyFile.ReadPassphrase(settings.PinFile));
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

                var token = module.Open(info.Identity);
                token.Login(pin);
                return new(module, token);
            }
            catch
            {
                module.Dispose();
                throw;
            }
            finally
            {
                CryptographicOperations.ZeroMemory(pin);
            }
        }
    }
}
