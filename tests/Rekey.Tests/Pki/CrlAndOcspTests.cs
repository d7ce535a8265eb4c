using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Tests.Pki;

public sealed class CrlAndOcspTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 5, 2, 0, 0, TimeSpan.Zero);
    private static readonly SoftwareSigningKey Key = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
    private static readonly SoftwareSigningKey ResponderKey = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
    private static readonly Certificate Ca = Make("CN=CA", Key.PublicKey, []);
    private static readonly Certificate Responder = Make("CN=OCSP", ResponderKey.PublicKey, [ExtensionWriter.ExtendedKeyUsage([Oids.OcspSigning])]);

    [Fact]
    public void A_crl_is_read_as_it_was_written()
    {
        CrlEntry[] entries = [new("4F00", Now, 1, Now.AddDays(-3)), new("80FF", Now.AddYears(-1)), new("01", Now.AddDays(-1), 6)];
        var der = CrlBuilder.Sign(new() { Number = 300, ThisUpdate = Now, NextUpdate = Now.AddDays(2), Entries = entries, ExpiredSince = Now.AddDays(-302) }, Ca, Key);

        var crl = CertificateRevocationList.Read(der);

        Assert.Equal(entries, crl.Entries);
        Assert.Equal((300, Now, Now.AddDays(2)), ((int)crl.Number!.Value, crl.ThisUpdate, crl.NextUpdate));
        Assert.True(crl.Verify(Key.PublicKey));
        Assert.False(crl.Verify(ResponderKey.PublicKey));
        der[^1] ^= 1;
        Assert.False(CertificateRevocationList.Read(der).Verify(Key.PublicKey));
    }

    [Fact]
    public void A_crl_without_entries_has_no_list()
    {
        var der = CrlBuilder.Sign(new() { Number = 1, ThisUpdate = Now, NextUpdate = Now.AddYears(1), Entries = [] }, Ca, Key);
        Assert.Empty(CertificateRevocationList.Read(der).Entries);
        Assert.Empty(CertificateRevocationList.Read(System.Text.Encoding.ASCII.GetBytes(PemEncoding.WriteString("X509 CRL", der))).Entries);
    }

    [Fact]
    public void A_request_is_read_as_it_was_written()
    {
        var nonce = RandomNumberGenerator.GetBytes(32);
        foreach (var hash in new[] { Oids.Sha1, Oids.Sha256, Oids.Sha384, Oids.Sha512 })
        {
            var request = OcspRequest.Read(new OcspRequest([OcspCertId.Of(Ca, "80FF", hash), OcspCertId.Of(Ca, "01", hash)], nonce).Encode());
            Assert.Equal(["80FF", "01"], request.Ids.Select(i => i.SerialHex));
            Assert.Equal(OcspCertId.Hashes(Ca, hash)!.Value.KeyHash, request.Ids[0].IssuerKeyHash);
            Assert.Equal(nonce, request.Nonce);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(129)]
    public void A_nonce_of_a_length_that_the_standard_forbids_is_refused(int length) =>
        Assert.Throws<MalformedException>(() => OcspRequest.Read(new OcspRequest([OcspCertId.Of(Ca, "01")], new byte[length]).Encode()));

    [Fact]
    public void Requests_about_nothing_or_about_too_much_are_refused()
    {
        Assert.Throws<MalformedException>(() => OcspRequest.Read(new OcspRequest([], null).Encode()));
        Assert.Throws<MalformedException>(() => OcspRequest.Read(new OcspRequest([.. Enumerable.Repeat(OcspCertId.Of(Ca, "01"), 33)], null).Encode()));
        Assert.Throws<MalformedException>(() => OcspRequest.Read(Array.Empty<byte>()));
    }

    [Fact]
    public void An_answer_is_read_as_it_was_written()
    {
        OcspSingleResponse[] statuses =
        [
            new(OcspCertId.Of(Ca, "01"), OcspCertStatus.Good, Now, Now.AddHours(1)),
            new(OcspCertId.Of(Ca, "02"), OcspCertStatus.Revoked, Now, Now.AddHours(1), Now.AddDays(-2), 1),
            new(OcspCertId.Of(Ca, "03"), OcspCertStatus.Revoked, Now, null, Now.AddDays(-2)),
            new(OcspCertId.Of(Ca, "04"), OcspCertStatus.Unknown, Now),
        ];
        var answer = OcspResponse.Read(OcspBuilder.Sign(statuses, [1, 2, 3], Now, Responder, ResponderKey));
        Assert.Equal(statuses.Select(s => (s.Id.SerialHex, s.Status, s.ThisUpdate, s.NextUpdate, s.RevokedAt, s.Reason)), answer.Responses.Select(s => (s.Id.SerialHex, s.Status, s.ThisUpdate, s.NextUpdate, s.RevokedAt, s.Reason)));
        Assert.Equal([1, 2, 3], answer.Nonce);
        Assert.Equal(Responder.Subject, answer.ResponderName);
    }

    [Fact]
    public void Only_the_issuer_and_its_delegate_can_answer()
    {
        OcspSingleResponse[] good = [new(OcspCertId.Of(Ca, "01"), OcspCertStatus.Good, Now)];
        var undelegated = Make("CN=OCSP", ResponderKey.PublicKey, [ExtensionWriter.ExtendedKeyUsage([Oids.ClientAuth])]);
        var selfMade = Make("CN=OCSP", ResponderKey.PublicKey, [ExtensionWriter.ExtendedKeyUsage([Oids.OcspSigning])], ResponderKey);
        Assert.True(OcspResponse.Read(OcspBuilder.Sign(good, null, Now, Responder, ResponderKey)).Verify(Ca, Now));
        Assert.True(OcspResponse.Read(OcspBuilder.Sign(good, null, Now, Ca, Key)).Verify(Ca, Now));
        Assert.False(OcspResponse.Read(OcspBuilder.Sign(good, null, Now, undelegated, ResponderKey)).Verify(Ca, Now));
        Assert.False(OcspResponse.Read(OcspBuilder.Sign(good, null, Now, selfMade, ResponderKey)).Verify(Ca, Now));
        Assert.False(OcspResponse.Read(OcspBuilder.Sign(good, null, Now, Responder, ResponderKey)).Verify(Ca, Now.AddYears(50)));
    }

    [Fact]
    public void Octets_cut_off_anywhere_are_refused_and_crash_nothing()
    {
        OcspSingleResponse[] good = [new(OcspCertId.Of(Ca, "01"), OcspCertStatus.Good, Now, Now.AddHours(1))];
        var answer = OcspBuilder.Sign(good, [1], Now, Responder, ResponderKey);
        var request = new OcspRequest([OcspCertId.Of(Ca, "01")], [1]).Encode();
        var crl = CrlBuilder.Sign(new() { Number = 1, ThisUpdate = Now, NextUpdate = Now, Entries = [new("01", Now, 1, Now)] }, Ca, Key);
        foreach (var (der, read) in new (byte[], Action<byte[]>)[]
        {
            (answer, b => OcspResponse.Read(b)), (request, b => OcspRequest.Read(b)), (crl, b => CertificateRevocationList.Read(b)), (Ca.Encoded.ToArray(), b => Certificate.FromDer(b)),
        })
        {
            for (var length = 0; length < der.Length; length++)
            {
                Assert.Throws<MalformedException>(() => read(der[..length]));
            }
        }
    }

    [Fact]
    public void Octets_changed_anywhere_are_refused_or_read_and_crash_nothing()
    {
        var random = new Random(4711);
        OcspSingleResponse[] good = [new(OcspCertId.Of(Ca, "01"), OcspCertStatus.Good, Now, Now.AddHours(1))];
        foreach (var (der, read) in new (byte[], Action<byte[]>)[]
        {
            (OcspBuilder.Sign(good, [1], Now, Responder, ResponderKey), b => OcspResponse.Read(b)),
            (new OcspRequest([OcspCertId.Of(Ca, "01")], [1]).Encode(), b => OcspRequest.Read(b)),
            (CrlBuilder.Sign(new() { Number = 1, ThisUpdate = Now, NextUpdate = Now, Entries = [new("01", Now, 1, Now)] }, Ca, Key), b => CertificateRevocationList.Read(b)),
            (Responder.Encoded.ToArray(), b => _ = Certificate.FromDer(b).CrlUrls),
        })
        {
            for (var i = 0; i < 3000; i++)
            {
                var changed = der.ToArray();
                for (var n = random.Next(1, 4); n > 0; n--)
                {
                    changed[random.Next(changed.Length)] = (byte)random.Next(256);
                }

                if (Record.Exception(() => read(changed)) is { } e and not MalformedException)
                {
                    Assert.Fail($"{e.GetType().Name} for {Convert.ToHexString(changed)}: {e}");
                }
            }
        }
    }

    private static Certificate Make(string name, PublicKey key, CertificateExtension[] more, SoftwareSigningKey? signer = null)
    {
        var template = new CertificateTemplate
        {
            SignatureSuite = AlgorithmSuite.P256,
            Issuer = DistinguishedName.Parse("CN=CA"),
            Subject = DistinguishedName.Parse(name),
            NotBefore = Now.AddDays(-1),
            NotAfter = Now.AddYears(10),
            Spki = key.Spki,
            Extensions = [ExtensionWriter.SubjectKeyIdentifier(ExtensionWriter.KeyIdentifier(key.Spki)), .. more],
        };
        return Certificate.FromDer(SignatureIdentifiers.Sign(template.Encode(), signer ?? Key));
    }
}
