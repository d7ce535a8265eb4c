using System.Formats.Asn1;
using Org.BouncyCastle.Asn1;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Cmp;
using Rekey.Pki.Envelopes;

namespace Rekey.Tests.Pki;

public sealed class CsrResponseTests(Sm2Holder holder) : IClassFixture<Sm2Holder>
{
    private Sm2EnvelopedKey Envelope => Sm2EnvelopedKey.Create(holder.SigningKey.PublicKey.Sm2!, holder.EncryptionKey);

    private IssuedCertificate Signing => new(0, holder.Signing.Encoded.ToArray());

    [Fact]
    public void What_a_kup_brings_comes_out_of_the_response()
    {
        var response = CsrResponse.FromDer(CsrResponse.Of(Signing, Encryption(Envelope.ToDer())).ToDer());

        Assert.Equal([holder.Signing], response.Signing);
        Assert.Equal([holder.Encryption], response.Encryption);
        using var signingKey = Sm2PrivateKey.FromPkcs8(holder.SigningKey.ExportPkcs8());
        using var key = response.EncryptedKey!.Open(signingKey);
        Assert.Equal(holder.EncryptionKey.ExportPkcs8(), key.ExportPkcs8());
    }

    [Fact]
    public void A_response_without_encryption_or_without_its_key_comes_back_as_it_was()
    {
        var alone = CsrResponse.FromDer(CsrResponse.Of(Signing).ToDer());
        var repeated = CsrResponse.FromDer(CsrResponse.Of(Signing, new(1, holder.Encryption.Encoded.ToArray())).ToDer());

        Assert.Equal((1, null, 0), (alone.Signing.Count, alone.EncryptedKey, alone.Encryption.Count));
        Assert.Equal((1, null, 1), (repeated.Signing.Count, repeated.EncryptedKey, repeated.Encryption.Count));
    }

    /// <summary>GM/T 0092-2020 clause 8, taken apart by a library that is not ours.</summary>
    [Fact]
    public void The_response_has_the_standard_s_form()
    {
        var envelope = Envelope.ToDer();
        var response = Asn1Sequence.GetInstance(new CsrResponse([holder.Signing, holder.Issuing], Sm2EnvelopedKey.FromDer(envelope), [holder.Encryption]).ToDer());

        Assert.Equal(3, response.Count);
        Assert.Equal(2, Asn1Set.GetInstance(response[0]).Count);
        var (key, encryption) = (Asn1TaggedObject.GetInstance(response[1]), Asn1TaggedObject.GetInstance(response[2]));
        Assert.Equal((0, 1), (key.TagNo, encryption.TagNo));
        Assert.Equal(envelope, Asn1Sequence.GetInstance(key, declaredExplicit: false).GetDerEncoded());
        Assert.Equal(holder.Encryption.Encoded.ToArray(), Asn1Set.GetInstance(encryption, declaredExplicit: false)[0].ToAsn1Object().GetDerEncoded());
    }

    /// <summary>There are programs that put a tag around the enveloped key instead of in its place.</summary>
    [Fact]
    public void An_explicit_tag_is_read_as_well()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSetOf())
            {
                writer.WriteEncodedValue(holder.Signing.Encoded.Span);
            }

            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
            {
                writer.WriteEncodedValue(Envelope.ToDer());
            }

            using (writer.PushSetOf(new Asn1Tag(TagClass.ContextSpecific, 1)))
            {
                writer.WriteEncodedValue(holder.Encryption.Encoded.Span);
            }
        }

        Assert.Equal(holder.EncryptionKey.PublicKey, CsrResponse.FromDer(writer.Encode()).EncryptedKey!.PublicKey);
    }

    [Fact]
    public void A_key_of_another_form_or_without_its_certificate_is_refused()
    {
        var stranger = new IssuedCertificate(1, holder.Signing.Encoded.ToArray(), new(KeyEnvelopeForm.Sm2EnvelopedKey, Envelope.ToDer()));

        Assert.Contains("PKCS#11", Refusal(() => CsrResponse.Of(Signing, new(1, holder.Encryption.Encoded.ToArray(), new(KeyEnvelopeForm.EnvelopedData, [0x30, 0])))), StringComparison.Ordinal);
        Assert.Contains("no certificate", Refusal(() => CsrResponse.Of(Signing, stranger)), StringComparison.Ordinal);
        Assert.Contains("no certificate", Refusal(() => CsrResponse.FromDer(new CsrResponse([holder.Signing], Envelope, []).ToDer())), StringComparison.Ordinal);
        Assert.Contains("no signing certificate", Refusal(() => CsrResponse.FromDer(new CsrResponse([], null, []).ToDer())), StringComparison.Ordinal);
        Assert.Contains("cannot be read", Refusal(() => CsrResponse.FromDer(CsrResponse.Of(Signing).ToDer().AsMemory()[..^1])), StringComparison.Ordinal);
        Assert.Contains("cannot be read", Refusal(() => CsrResponse.FromDer(holder.Signing.Encoded)), StringComparison.Ordinal);
    }

    private IssuedCertificate Encryption(byte[] envelope) => new(1, holder.Encryption.Encoded.ToArray(), new(KeyEnvelopeForm.Sm2EnvelopedKey, envelope));

    private static string Refusal(Func<CsrResponse> act) => Assert.Throws<EnvelopedKeyException>(act).Message;
}
