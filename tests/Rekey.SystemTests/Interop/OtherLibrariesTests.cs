using System.Formats.Asn1;
using Org.BouncyCastle.Ocsp;
using Org.BouncyCastle.Security;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Sm2Messages;
using Rekey.Testing;

namespace Rekey.SystemTests.Interop;

/// <summary>What an SM2 institution issues and its holders make, before libraries that are not ours; and what those make, before us.</summary>
public sealed class OtherLibrariesTests : IDisposable
{
    private const string Id = "1234567812345678";
    private const int BadSignature = 7; // X509_V_ERR_CERT_SIGNATURE_FAILURE

    private static readonly byte[] Content = [.. "采购合同"u8];

    private readonly TestCa ca = new(TimeProvider.System, AlgorithmSuite.Sm2);
    private readonly SoftwareSigningKey key = SoftwareSigningKey.Generate(AlgorithmSuite.Sm2);
    private readonly Certificate holder;

    public OtherLibrariesTests() => holder = ca.IssuePerson(key.PublicKey);

    private static DateTimeOffset Now => DateTimeOffset.UtcNow;

    private Certificate Root => ca.Authority.Anchors[0];

    private Certificate Issuing => ca.Authority.Issuers[0].Certificate;

    public void Dispose()
    {
        key.Dispose();
        ca.Dispose();
    }

    /// <summary>The whole chain, in one verification; without the identity OpenSSL finds every signature wrong.</summary>
    [Fact]
    public void OpenSSL_verifies_the_chain_when_each_certificate_is_told_the_identity()
    {
        Assert.Equal(0, OpenSslLibrary.Verify(Root, Issuing, holder, Id));
        Assert.Equal(BadSignature, OpenSslLibrary.Verify(Root, Issuing, holder, ""));
        Assert.Equal(BadSignature, OpenSslLibrary.Verify(Root, Issuing, Changed(holder), Id));
    }

    [Fact]
    public void Botan_verifies_certificates_CRLs_OCSP_answers_and_messages()
    {
        var crl = CrlBuilder.Sign(new() { Number = 1, ThisUpdate = Now, NextUpdate = Now.AddDays(2), Entries = [new("4F00", Now, 1)] }, Issuing, ca.Authority.Issuers[0].Identity.Key);
        var message = Sm2SignedData.Create(Content, false, holder, key, Now);

        Assert.True(Botan(Root, Root.Tbs, Root.Signature));
        Assert.True(Botan(Root, Issuing.Tbs, Issuing.Signature));
        Assert.True(Botan(Issuing, holder.Tbs, holder.Signature));
        Assert.False(Botan(Issuing, Changed(holder).Tbs, holder.Signature));
        Assert.True(Botan(Issuing, Signed(crl)));
        Assert.True(Botan(ca.Authority.Issuers[0].Ocsp.Certificate, Signed(Basic(OcspAnswer()))));
        Assert.True(Botan(holder, SignedAttributes(message)));
    }

    [Fact]
    public void Botan_and_we_read_each_other_s_signatures_and_ciphertexts()
    {
        using var own = Sm2PrivateKey.FromPkcs8(key.ExportPkcs8());

        Assert.True(key.PublicKey.Verify(AlgorithmSuite.Sm2.SignatureOid, Content, BotanLibrary.Sign(own, Content)));
        Assert.True(BotanLibrary.Verifies(own.PublicKey, Content, key.Sign(Content)));
        Assert.Equal(Content, BotanLibrary.Decrypt(own, own.PublicKey.Encrypt(Content).ToDer()));
        Assert.Equal(Content, own.Decrypt(Sm2Ciphertext.FromDer(BotanLibrary.Encrypt(own.PublicKey, Content))));
    }

    /// <summary>Strict national readers want the responder by name, SM3 in the CertID, and SM2 all the way.</summary>
    [Fact]
    public void An_OCSP_answer_names_its_responder_by_name_and_answers_in_SM3()
    {
        var answer = (BasicOcspResp)new OcspResp(OcspAnswer()).GetResponseObject();

        var responder = ca.Authority.Issuers[0].Ocsp.Certificate;
        Assert.Equal(responder.Subject.Encoded.ToArray(), answer.ResponderId.ToAsn1Object().Name.GetDerEncoded());
        Assert.Equal(Oids.Sm3, Assert.Single(answer.Responses).GetCertID().HashAlgOid);
        Assert.Null(Assert.Single(answer.Responses).GetCertStatus()); // good
        Assert.Equal(responder.Encoded.ToArray(), Assert.Single(answer.GetCerts()).GetEncoded());
        Assert.True(answer.Verify(PublicKeyFactory.CreateKey(responder.Spki.ToArray())));
    }

    private byte[] OcspAnswer()
    {
        var (responder, signer) = ca.Authority.Issuers[0].Ocsp;
        return OcspBuilder.Sign([new(OcspCertId.Of(Issuing, holder.SerialHex, Oids.Sm3), OcspCertStatus.Good, Now, Now.AddHours(1))], null, Now, responder, signer);
    }

    private static bool Botan(Certificate signer, (ReadOnlyMemory<byte> Data, ReadOnlyMemory<byte> Signature) signed) => Botan(signer, signed.Data, signed.Signature);

    private static bool Botan(Certificate signer, ReadOnlyMemory<byte> data, ReadOnlyMemory<byte> signature) =>
        BotanLibrary.Verifies(signer.PublicKey.Sm2!, data.Span, signature.Span);

    private static Certificate Changed(Certificate certificate)
    {
        var der = certificate.Encoded.ToArray();
        der[der.AsSpan().IndexOf("YZ-000123"u8)] ^= 1;
        return Certificate.FromDer(der);
    }

    // SEQUENCE { tbs, algorithm, signature BIT STRING … }, the form of CRLs and OCSP answers.
    private static (ReadOnlyMemory<byte> Data, ReadOnlyMemory<byte> Signature) Signed(byte[] der)
    {
        var reader = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        var data = reader.ReadEncodedValue();
        reader.ReadEncodedValue();
        return (data, reader.ReadBitString(out _));
    }

    private static byte[] Basic(byte[] answer)
    {
        var response = new AsnReader(answer, AsnEncodingRules.DER).ReadSequence();
        response.ReadEncodedValue();
        var bytes = response.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadSequence();
        bytes.ReadObjectIdentifier();
        return bytes.ReadOctetString();
    }

    private static (ReadOnlyMemory<byte> Data, ReadOnlyMemory<byte> Signature) SignedAttributes(byte[] message)
    {
        var explicitly = new Asn1Tag(TagClass.ContextSpecific, 0);
        var info = new AsnReader(message, AsnEncodingRules.DER).ReadSequence();
        info.ReadObjectIdentifier();
        var data = info.ReadSequence(explicitly).ReadSequence();
        Skip(data, 4);
        var signer = data.ReadSetOf().ReadSequence();
        Skip(signer, 3);
        var attributes = signer.ReadEncodedValue().ToArray();
        attributes[0] = 0x31; // signed with the tag of SET
        Skip(signer, 1);
        return (attributes, signer.ReadOctetString());
    }

    private static void Skip(AsnReader reader, int values)
    {
        for (; values > 0; values--)
        {
            reader.ReadEncodedValue();
        }
    }
}
