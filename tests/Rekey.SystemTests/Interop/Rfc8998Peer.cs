using System.Net;
using System.Net.Sockets;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using Rekey.Pki.Algorithms;
using Certificate = Rekey.Pki.Certificates.Certificate;
using TlsCertificates = Org.BouncyCastle.Tls.Certificate;

namespace Rekey.SystemTests.Interop;

/// <summary>A side of a connection: what it shows, and how it judges what the other side shows.</summary>
/// <param name="Chain">Its certificate first; empty for none.</param>
/// <param name="Key">Signs the handshake, as a token would: the library gets a signature, never the key.</param>
/// <param name="Judge">Looks at the other side's chain; null when it is trusted, else the alert to end with.</param>
internal sealed record Rfc8998Peer(IReadOnlyList<Certificate> Chain, Sm2PrivateKey Key, Func<IReadOnlyList<Certificate>, short?> Judge);

/// <summary>What came of a connection.</summary>
/// <param name="Suite">Cipher suite, by number; 0 when there was no handshake.</param>
/// <param name="Group">Group of the key exchange, by number.</param>
/// <param name="Answer">What the server sent back; null when the connection ended before.</param>
/// <param name="ServerAlert">The alert that the server ended with; null for none.</param>
/// <param name="ClientAlert">The alert that the client ended with; null for none.</param>
internal sealed record Rfc8998Outcome(int Suite, int Group, byte[]? Answer, short? ServerAlert, short? ClientAlert);

/// <summary>
/// TLS 1.3 with SM2, SM3 and SM4 (RFC 8998) by BouncyCastle, over loopback: TLS_SM4_GCM_SM3, key exchange on curveSM2, sm2sig_sm3 for both sides. The
/// server demands a certificate, and sends back what it receives.
/// </summary>
internal static class Rfc8998
{
    private const int Wait = 30_000; // milliseconds; a side that waits longer has met a defect

    private static readonly SignatureAndHashAlgorithm Sm2WithSm3 = SignatureScheme.GetSignatureAndHashAlgorithm(SignatureScheme.sm2sig_sm3);

    /// <summary>Connects, sends, and waits for the answer.</summary>
    public static async Task<Rfc8998Outcome> ConnectAsync(Rfc8998Peer server, Rfc8998Peer client, byte[] question)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        try
        {
            var accepting = listener.AcceptTcpClientAsync();
            using var outgoing = new TcpClient { ReceiveTimeout = Wait, SendTimeout = Wait };
            await outgoing.ConnectAsync(IPAddress.Loopback, ((IPEndPoint)listener.LocalEndpoint).Port);
            using var incoming = await accepting;
            incoming.ReceiveTimeout = incoming.SendTimeout = Wait;
            var serving = Task.Run(() => Serve(incoming, server, question.Length));
            var (answer, seen, clientAlert) = await Task.Run(() => Ask(outgoing, client, question));
            return new(seen.Suite, seen.Group, answer, await serving, clientAlert);
        }
        finally
        {
            listener.Stop();
        }
    }

    private static short? Serve(TcpClient connection, Rfc8998Peer peer, int length)
    {
        var protocol = new TlsServerProtocol(connection.GetStream());
        return Ended(connection, () =>
        {
            protocol.Accept(new Server(peer));
            var received = new byte[length];
            protocol.Stream.ReadExactly(received);
            protocol.Stream.Write(received);
            protocol.Close();
        });
    }

    private static (byte[]? Answer, (int Suite, int Group) Seen, short? Alert) Ask(TcpClient connection, Rfc8998Peer peer, byte[] question)
    {
        var protocol = new TlsClientProtocol(connection.GetStream());
        var client = new Client(peer);
        byte[]? answer = null;
        var alert = Ended(connection, () =>
        {
            protocol.Connect(client);
            protocol.Stream.Write(question);
            var received = new byte[question.Length];
            protocol.Stream.ReadExactly(received);
            answer = received;
            protocol.Close();
        });
        return (answer, client.Seen, alert);
    }

    // The alert that this side raised. What it received, or that the other side hung up, shows at the other side.
    private static short? Ended(TcpClient connection, Action act)
    {
        try
        {
            act();
            return null;
        }
        catch (TlsFatalAlert e)
        {
            return e.AlertDescription;
        }
        catch (IOException)
        {
            return null;
        }
        finally
        {
            connection.Close();
        }
    }

    private static Signer Credentials(TlsContext context, Rfc8998Peer peer, byte[]? requestContext) => new Signer(
        new TlsCertificates(requestContext ?? [], [.. peer.Chain.Select(c => new CertificateEntry(context.Crypto.CreateCertificate(c.Encoded.ToArray()), null))]), peer.Key);

    private static void Require(TlsCertificates? shown, Rfc8998Peer peer)
    {
        if (shown is null || shown.IsEmpty)
        {
            throw new TlsFatalAlert(AlertDescription.certificate_required);
        }

        if (peer.Judge([.. shown.GetCertificateList().Select(c => Certificate.FromDer(c.GetEncoded()))]) is { } alert)
        {
            throw new TlsFatalAlert(alert);
        }
    }

    private sealed class Client(Rfc8998Peer peer) : DefaultTlsClient(new BcTlsCrypto()), TlsAuthentication
    {
        public (int Suite, int Group) Seen { get; private set; }

        public override TlsAuthentication GetAuthentication() => this;

        public override IList<int> GetEarlyKeyShareGroups() => [NamedGroup.curveSM2];

        public void NotifyServerCertificate(TlsServerCertificate serverCertificate) => Require(serverCertificate.Certificate, peer);

        public TlsCredentials? GetClientCredentials(CertificateRequest certificateRequest) =>
            peer.Chain.Count > 0 ? Credentials(m_context, peer, certificateRequest.GetCertificateRequestContext()) : null;

        public override void NotifyHandshakeComplete()
        {
            base.NotifyHandshakeComplete();
            var parameters = m_context.SecurityParameters;
            Seen = (parameters.CipherSuite, parameters.NegotiatedGroup);
        }

        protected override ProtocolVersion[] GetSupportedVersions() => ProtocolVersion.TLSv13.Only();

        protected override int[] GetSupportedCipherSuites() => [CipherSuite.TLS_SM4_GCM_SM3];

        protected override IList<int> GetSupportedGroups(IList<int> namedGroupRoles) => [NamedGroup.curveSM2];

        protected override IList<SignatureAndHashAlgorithm> GetSupportedSignatureAlgorithms() => [Sm2WithSm3];
    }

    private sealed class Server(Rfc8998Peer peer) : DefaultTlsServer(new BcTlsCrypto())
    {
        public override TlsCredentials GetCredentials() => Credentials(m_context, peer, null);

        public override CertificateRequest GetCertificateRequest() => new([], [Sm2WithSm3], null, null);

        public override void NotifyClientCertificate(TlsCertificates clientCertificate) => Require(clientCertificate, peer);

        public override int[] GetSupportedGroups() => [NamedGroup.curveSM2];

        protected override ProtocolVersion[] GetSupportedVersions() => ProtocolVersion.TLSv13.Only();

        protected override int[] GetSupportedCipherSuites() => [CipherSuite.TLS_SM4_GCM_SM3];
    }

    /// <summary>Signs what the library gives it, under the identity that RFC 8998 section 3.2.1 prescribes for handshakes.</summary>
    private sealed class Signer(TlsCertificates certificate, Sm2PrivateKey key) : TlsCredentialedSigner, TlsStreamSigner
    {

        public TlsCertificates Certificate => certificate;

        public SignatureAndHashAlgorithm SignatureAndHashAlgorithm => Sm2WithSm3;

        public Stream Stream { get; } = new MemoryStream();

        public TlsStreamSigner GetStreamSigner() => this;

        public byte[] GenerateRawSignature(byte[] hash) => throw new NotSupportedException("SM2 signs what it hashes itself");

        public byte[] GetSignature() => Sm2Signature.ToDer(key.SignDigest(key.PublicKey.Digest(((MemoryStream)Stream).ToArray(), "TLSv1.3+GM+Cipher+Suite"u8)));
    }
}
