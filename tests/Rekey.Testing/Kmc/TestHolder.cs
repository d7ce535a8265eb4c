using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Testing.Pki;

namespace Rekey.Testing.Kmc;

/// <summary>A holder who asks for a pair: the keys that a token would have, in memory.</summary>
public sealed class TestHolder
{
    private readonly TestPki pki;

    /// <param name="pki">Who issued the present certificate.</param>
    /// <param name="id">The subscriber's stable identifier.</param>
    /// <param name="signing">Kind of the new signing key.</param>
    /// <param name="old">The signing key of the pair before; null for a new one.</param>
    public TestHolder(TestPki pki, string id = "YZ-000123", AlgorithmSuite? signing = null, SoftwareSigningKey? old = null)
    {
        this.pki = pki;
        Id = id;
        OldKey = old ?? SoftwareSigningKey.Generate(AlgorithmSuite.P256);
        Old = pki.Certify(OldKey, $"CN=Li Na, SERIALNUMBER={id}", pki.Issuing);
        NewKey = SoftwareSigningKey.Generate(signing ?? AlgorithmSuite.P256);
        OrderId = RandomNumberGenerator.GetBytes(16);
    }

    public string Id { get; }

    public SoftwareSigningKey OldKey { get; }

    public TestPki.Entity Old { get; }

    public SoftwareSigningKey NewKey { get; }

    public byte[] OrderId { get; init; }

    /// <summary>The holder's kur for a pair, with the encryption key wrapped to a key.</summary>
    public CmpMessage Request(PublicKey transport, AlgorithmSuite? wanted = null)
    {
        var exchange = new RenewalExchange(
            pki.Trust, Old.Der, OldKey, NewKey, Certificate.FromDer(Old.Der).Subject.Encoded, RandomNumberGenerator.GetBytes(16), TimeProvider.System)
        {
            Encryption = new(wanted ?? AlgorithmSuite.Rsa2048, transport, default),
        };
        return CmpMessage.Parse(exchange.CertificateRequest());
    }

    /// <summary>The secret of the holder's downloads.</summary>
    public static byte[] Secret => "a secret of one meeting"u8.ToArray();

    /// <summary>The holder's ir for a pair, with the encryption key wrapped to a key.</summary>
    public CmpMessage Download(PublicKey transport, AlgorithmSuite? wanted = null)
    {
        var exchange = new DownloadExchange(
            pki.Trust, "47110008", Secret, NewKey, Certificate.FromDer(Old.Der).Subject.Encoded, RandomNumberGenerator.GetBytes(16), TimeProvider.System)
        {
            Encryption = new(wanted ?? AlgorithmSuite.Rsa2048, transport, default),
        };
        return CmpMessage.Parse(exchange.CertificateRequest());
    }

    /// <summary>What the CA orders for it.</summary>
    public KeyOrder Order(AlgorithmSuite kind) => new(OrderId, 1, kind.Name, Id, pki.Now);
}
