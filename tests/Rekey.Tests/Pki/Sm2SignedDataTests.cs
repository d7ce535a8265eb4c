using System.Formats.Asn1;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Security;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Sm2Messages;
using Rekey.Testing.Pki;

namespace Rekey.Tests.Pki;

public sealed class Sm2SignedDataTests(Sm2Holder holder) : IClassFixture<Sm2Holder>
{
    private const string Sm2Sign = "1.2.156.10197.1.301.1";
    private const string Sm2SignWithSm3 = "1.2.156.10197.1.501";

    private static readonly byte[] Content = [.. "云泽市图书馆采购合同"u8];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_signed_is_verified_with_its_chain(bool detached)
    {
        var message = Sm2SignedData.Read(Sign(detached));

        Assert.Equal(detached, message.Content is null);
        Assert.Equal(2, message.Certificates.Count);
        var signer = Assert.Single(message.Verify(holder.Trust, Sm2Holder.Now, Content));
        Assert.Equal(holder.Signing, signer.Certificate);
        Assert.Equal(Sm2Holder.Now, signer.ClaimedTime);
        if (!detached)
        {
            Assert.Equal(Content, message.Content);
            Assert.Equal([signer], message.Verify(holder.Trust, Sm2Holder.Now));
        }
    }

    /// <summary>GM/T 0010-2012 clauses 5, 6.10 and 8, taken apart by a library that is not ours; the signature as well.</summary>
    [Fact]
    public void The_message_has_the_standard_s_form()
    {
        var info = Asn1Sequence.GetInstance(Sign());
        Assert.Equal("1.2.156.10197.6.1.4.2.2", info[0].ToString());
        var data = Asn1Sequence.GetInstance(Asn1TaggedObject.GetInstance(info[1]).GetExplicitBaseObject());
        Assert.Equal(["1", "[[1.2.156.10197.1.401]]", "[1.2.156.10197.6.1.4.2.1, [CONTEXT 0]#" + Convert.ToHexString(Content).ToLowerInvariant() + "]"], data.Take(3).Select(d => d.ToString()));
        Assert.Equal(2, Asn1Set.GetInstance(Asn1TaggedObject.GetInstance(data[3]), false).Count);

        var signer = Asn1Sequence.GetInstance(Asn1Set.GetInstance(data[4])[0]);
        var issuer = Org.BouncyCastle.Asn1.Cms.IssuerAndSerialNumber.GetInstance(signer[1]);
        Assert.Equal("1", signer[0].ToString());
        Assert.Equal(holder.Signing.Issuer.Encoded.ToArray(), issuer.Issuer.GetDerEncoded());
        Assert.Equal(holder.Signing.SerialHex, Convert.ToHexString(issuer.SerialNumber.PositiveValue.ToByteArrayUnsigned()));
        Assert.Equal("[1.2.156.10197.1.401]", signer[2].ToString());
        Assert.Equal("[1.2.156.10197.1.301.1]", signer[4].ToString());

        var attributes = Asn1Set.GetInstance(Asn1TaggedObject.GetInstance(signer[3]), false);
        var table = new Org.BouncyCastle.Asn1.Cms.AttributeTable(attributes);
        Assert.Equal(Sm3.HashData(Content), Asn1OctetString.GetInstance(table[Org.BouncyCastle.Asn1.Cms.CmsAttributes.MessageDigest].AttrValues[0]).GetOctets());
        Assert.Equal("1.2.156.10197.6.1.4.2.1", table[Org.BouncyCastle.Asn1.Cms.CmsAttributes.ContentType].AttrValues[0].ToString());

        var verifier = new SM2Signer();
        verifier.Init(false, new ParametersWithID(PublicKeyFactory.CreateKey(holder.Signing.Spki.ToArray()), Sm2PublicKey.DefaultId.ToArray()));
        verifier.BlockUpdate(attributes.GetEncoded(Asn1Encodable.Der));
        Assert.True(verifier.VerifySignature(Asn1OctetString.GetInstance(signer[5]).GetOctets()));
    }

    /// <summary>What other programs write: either identifier of the algorithm, NULL as its parameter, no attributes, RFC 5652's version.</summary>
    [Theory]
    [InlineData(1, Sm2Sign, true, true)]
    [InlineData(1, Sm2SignWithSm3, false, true)]
    [InlineData(3, Sm2SignWithSm3, true, false)]
    [InlineData(1, Sm2Sign, false, false)]
    public void Other_programs_forms_are_read(int version, string algorithm, bool withNull, bool withAttributes)
    {
        var message = Sm2SignedData.Read(Foreign(Content, version, algorithm, withNull, withAttributes ? Attributes(Content) : null));

        Assert.Equal(holder.Signing, Assert.Single(message.Verify(holder.Trust, Sm2Holder.Now)).Certificate);
    }

    /// <summary>Its outermost parts have indefinite lengths, as programs write that do not know yet how long a message becomes.</summary>
    [Fact]
    public void A_streamed_message_is_read()
    {
        var streamed = Convert.FromHexString(
            "3080060A2A811CCF550601040202A080" + Convert.ToHexString(Body(Sign())) + "00000000");

        Assert.Single(Sm2SignedData.Read(streamed).Verify(holder.Trust, Sm2Holder.Now));
    }

    [Fact]
    public void Changed_content_is_refused()
    {
        byte[] changed = [.. Content[..^1], (byte)(Content[^1] ^ 1)];

        Assert.Equal(Sm2MessageFault.ContentChanged, Refusal(Replaced(Sign(), Content, changed)));
        Assert.Equal(Sm2MessageFault.ContentChanged, Refusal(Sign(detached: true), changed));
        Assert.Equal(Sm2MessageFault.ContentChanged, Refusal(Sign(), changed));
        Assert.Equal(Sm2MessageFault.SignatureWrong, Refusal(Replaced(Foreign(Content, 1, Sm2Sign, false, null), Content, changed)));
    }

    [Fact]
    public void A_detached_message_needs_its_content() => Assert.Equal(Sm2MessageFault.ContentMissing, Refusal(Sign(detached: true)));

    [Fact]
    public void Changed_attributes_and_signatures_are_refused()
    {
        var message = Sign();
        var time = System.Text.Encoding.ASCII.GetBytes(Sm2Holder.Now.ToString("yyMMddHHmmss'Z'", System.Globalization.CultureInfo.InvariantCulture));
        byte[] later = [.. time[..^2], (byte)(time[^2] ^ 1), time[^1]];

        Assert.Equal(Sm2MessageFault.SignatureWrong, Refusal(Replaced(message, time, later)));
        message[^1] ^= 1; // the last octet of the signature's s
        Assert.Equal(Sm2MessageFault.SignatureWrong, Refusal(message));
    }

    /// <summary>Signed attributes are signed octets like any others, so they must not pass for the content of a message without attributes.</summary>
    [Fact]
    public void Signed_attributes_cannot_be_passed_off_as_content()
    {
        var attributes = Attributes(Content);

        Assert.Equal(Sm2MessageFault.SignatureWrong, Refusal(Foreign(attributes, 1, Sm2Sign, false, null)));
    }

    [Fact]
    public void Another_content_type_is_refused()
    {
        var envelope = Sm2EnvelopedData.Create(Content, [holder.Encryption]);
        var cms = Replaced(Sign(), Convert.FromHexString("060A2A811CCF550601040202"), Convert.FromHexString("060A2A864886F70D01070200")); // not PKCS#7's either
        var aroundOther = Replaced(Sign(), Convert.FromHexString("060A2A811CCF550601040201"), Convert.FromHexString("060A2A811CCF550601040203"));

        Assert.Equal(Sm2MessageFault.WrongContentType, Refusal(envelope));
        Assert.Equal(Sm2MessageFault.WrongContentType, Refusal(cms));
        Assert.Equal(Sm2MessageFault.WrongContentType, Refusal(aroundOther));
        Assert.Equal(Sm2MessageFault.Malformed, Refusal(holder.Signing.Encoded.ToArray()));
        Assert.Equal(Sm2MessageFault.Malformed, Refusal([]));
    }

    [Fact]
    public void Another_algorithm_is_refused()
    {
        var message = Foreign(Content, 1, "1.2.840.10045.4.3.2", false, null);

        Assert.Equal(Sm2MessageFault.UnsupportedAlgorithm, Refusal(message));
    }

    [Fact]
    public void A_message_without_signature_or_without_the_signer_s_certificate_is_refused()
    {
        Assert.Equal(Sm2MessageFault.NotSigned, Refusal(Foreign(Content, 1, Sm2Sign, false, null, signed: false)));
        Assert.Equal(Sm2MessageFault.SignerCertificateMissing, Refusal(Foreign(Content, 1, Sm2Sign, false, null, certificates: [holder.Issuing])));
    }

    [Fact]
    public void A_signer_of_another_institution_is_refused()
    {
        var foreign = new TestPki(AlgorithmSuite.Sm2, Sm2Holder.Now);
        var other = foreign.Issue("CN=Li Na", foreign.Issuing, AlgorithmSuite.Sm2);
        var message = Sm2SignedData.Create(Content, false, Certificate.FromDer(other.Der), other.Key, Sm2Holder.Now, [Certificate.FromDer(foreign.Issuing.Der), Certificate.FromDer(foreign.Root.Der)]);

        Assert.Equal(ChainFault.NoPath, Untrusted(message, Sm2Holder.Now).Chain);
    }

    [Fact]
    public void A_signer_is_judged_at_the_time_asked_for_and_by_what_its_certificate_is_for()
    {
        Assert.Equal(ChainFault.Expired, Untrusted(Sign(), holder.Signing.NotAfter.AddSeconds(1)).Chain);
        using var key = SoftwareSigningKey.FromPkcs8(holder.EncryptionKey.ExportPkcs8());
        var message = Sm2SignedData.Create(Content, false, holder.Encryption, key, Sm2Holder.Now, [holder.Issuing]);
        Assert.Equal(ChainFault.WrongUse, Untrusted(message, Sm2Holder.Now).Chain);
    }

    [Fact]
    public void A_message_is_signed_with_its_certificate_s_SM2_key_only()
    {
        using var other = SoftwareSigningKey.Generate(AlgorithmSuite.Sm2);
        using var p256 = SoftwareSigningKey.Generate(AlgorithmSuite.P256);

        Assert.Throws<UnsupportedKeyException>(() => Sm2SignedData.Create(Content, false, holder.Signing, other, Sm2Holder.Now));
        Assert.Throws<UnsupportedKeyException>(() => Sm2SignedData.Create(Content, false, holder.Ca.IssuePerson(p256.PublicKey), p256, Sm2Holder.Now));
    }

    private byte[] Sign(bool detached = false) => Sm2SignedData.Create(Content, detached, holder.Signing, holder.SigningKey, Sm2Holder.Now, [holder.Issuing]);

    private Sm2MessageFault Refusal(byte[] message) =>
        Assert.Throws<Sm2MessageException>(() => Sm2SignedData.Read(message).Verify(holder.Trust, Sm2Holder.Now)).Fault;

    private Sm2MessageFault Refusal(byte[] message, byte[] content) =>
        Assert.Throws<Sm2MessageException>(() => Sm2SignedData.Read(message).Verify(holder.Trust, Sm2Holder.Now, content)).Fault;

    private Sm2MessageException Untrusted(byte[] message, DateTimeOffset at)
    {
        var e = Assert.Throws<Sm2MessageException>(() => Sm2SignedData.Read(message).Verify(holder.Trust, at));
        Assert.Equal(Sm2MessageFault.SignerNotTrusted, e.Fault);
        return e;
    }

    private static byte[] Attributes(byte[] content) => new SignedAttributes(Sm3.HashData(content), null).Encode();

    // A message written here, part by part, as other programs write it.
    private byte[] Foreign(
        byte[] content, int version, string algorithm, bool withNull, byte[]? attributes, bool signed = true, Certificate[]? certificates = null) =>
        MessageSyntax.Write(MessageSyntax.SignedData, writer =>
        {
            writer.WriteInteger(version);
            using (writer.PushSetOf())
            {
                Algorithm(Oids.Sm3);
            }

            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(MessageSyntax.Data);
                using (writer.PushSequence(MessageSyntax.Tag0))
                {
                    writer.WriteOctetString(content);
                }
            }

            using (writer.PushSetOf(MessageSyntax.Tag0))
            {
                Array.ForEach(certificates ?? [holder.Signing, holder.Issuing], c => writer.WriteEncodedValue(c.Encoded.Span));
            }

            using (writer.PushSetOf())
            {
                if (signed)
                {
                    Signer();
                }
            }

            void Signer()
            {
                using (writer.PushSequence())
                {
                    writer.WriteInteger(1);
                    MessageSyntax.WriteName(writer, holder.Signing);
                    Algorithm(Oids.Sm3);
                    if (attributes is not null)
                    {
                        writer.WriteEncodedValue([0xA0, .. attributes.AsSpan(1)]);
                    }

                    Algorithm(algorithm);
                    writer.WriteOctetString(holder.SigningKey.Sign(attributes ?? content));
                }
            }

            void Algorithm(string oid)
            {
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(oid);
                    if (withNull)
                    {
                        writer.WriteNull();
                    }
                }
            }
        });

    private static byte[] Body(byte[] message)
    {
        var info = new AsnReader(message, AsnEncodingRules.DER).ReadSequence();
        info.ReadObjectIdentifier();
        return info.ReadSequence(MessageSyntax.Tag0).ReadEncodedValue().ToArray();
    }

    private static byte[] Replaced(byte[] message, byte[] old, byte[] now)
    {
        var at = message.AsSpan().IndexOf(old);
        Assert.True(at > 0, "what is to be replaced is not in the message");
        now.CopyTo(message, at);
        return message;
    }
}
