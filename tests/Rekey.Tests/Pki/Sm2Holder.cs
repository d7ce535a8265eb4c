using Microsoft.Extensions.Time.Testing;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Testing;

namespace Rekey.Tests.Pki;

/// <summary>A clerk with a pair of an SM2 institution: certificates as its CA issues them, for keys that are here.</summary>
public sealed class Sm2Holder : IDisposable
{
    private static readonly FakeTimeProvider Clock = new(new DateTimeOffset(2026, 11, 5, 2, 0, 0, TimeSpan.Zero));

    public Sm2Holder()
    {
        Signing = Ca.IssuePerson(SigningKey.PublicKey);
        using var encryption = PublicKey.FromSpki(EncryptionKey.PublicKey.ToSpki());
        Encryption = Ca.IssuePerson(encryption, profile: "person-encryption");
    }

    public TestCa Ca { get; } = new(Clock, AlgorithmSuite.Sm2);

    public static DateTimeOffset Now => Clock.GetUtcNow();

    public SoftwareSigningKey SigningKey { get; } = SoftwareSigningKey.Generate(AlgorithmSuite.Sm2);

    public Sm2PrivateKey EncryptionKey { get; } = Sm2PrivateKey.Generate();

    public Certificate Signing { get; }

    public Certificate Encryption { get; }

    public Certificate Issuing => Ca.Authority.Issuers[0].Certificate;

    /// <summary>Knows the root alone: issuing CAs come with the messages.</summary>
    public ChainValidator Trust => new(Ca.Authority.Anchors, []);

    public void Dispose()
    {
        Ca.Dispose();
        SigningKey.Dispose();
        EncryptionKey.Dispose();
    }
}
