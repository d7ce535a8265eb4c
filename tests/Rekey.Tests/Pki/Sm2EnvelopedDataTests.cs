using System.Security.Cryptography;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Security;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Sm2Messages;

namespace Rekey.Tests.Pki;

public sealed class Sm2EnvelopedDataTests(Sm2Holder holder) : IClassFixture<Sm2Holder>
{
    /// <summary>From the tests of emmansun/gmsm: a key management service's certificates and envelopes, which name the recipient by subjectKeyIdentifier.</summary>
    private const string ForeignCertificate =
        "MIIBuDCCAV+gAwIBAgIFAJFSEacwCgYIKoEcz1UBg3UwKTEQMA4GA1UEChMHQWNtZSBDbzEVMBMGA1UEAxMMRWRkYXJkIFN0YXJrMB4XDTI0MTExODA3MzE0NVoXDTI1"
        + "MTExODA3MzE0NlowJTEQMA4GA1UEChMHQWNtZSBDbzERMA8GA1UEAxMISm9uIFNub3cwWTATBgcqhkjOPQIBBggqgRzPVQGCLQNCAASghjdohTwJilIskjwM8cCujIxc"
        + "aZ4t1PdRE3TSihbfnifJF+q55qR88pC+SJwl6U2Wpr5sz4TOmmrPp6437oazo3gwdjAOBgNVHQ8BAf8EBAMCAqQwEwYDVR0lBAwwCgYIKwYBBQUHAwQwDwYDVR0TAQH/"
        + "BAUwAwEB/zAdBgNVHQ4EFgQU0M8ZE1AABLJjOnDM8sjQ/Z8dsPYwHwYDVR0jBBgwFoAUZOzkEm2S511/1i/JnKEe7DrX1U0wCgYIKoEcz1UBg3UDRwAwRAIgGvXkxK+X"
        + "Hv1BCzwKwmR598C8TL3ocRWawh3AroRj9eACIAW6aRyqEsv44if5qO9vlfgreODvheM60r948JI2OvMW";

    private const string ForeignEnvelope =
        "MIH9BgoqgRzPVQYBBAIDoIHuMIHrAgECMYGoMIGlAgECgBTQzxkTUAAEsmM6cMzyyND9nx2w9jANBgkqgRzPVQGCLQMFAAR7MHkCIBKzH9XkTn+cOb8SGcXPk//8pRFC"
        + "n13W+AQiZyb9/R53AiEA5U4c+efh30mWd2sXtE1+MrvUUSg8X4nu+VKRze5Oq3gEIFi6CF7AXjFgt4t7TVxpn0uLMrz3HljWDKkIqsYNOCzsBBB2NSP32EJPrw+rCzO2"
        + "z408MDsGCiqBHM9VBgEEAgEwGwYHKoEcz1UBaAQQb88RbJjqyynzqbSgUpQMaYAQrwVyRbByCMGE5zrbo6EwAg==";

    private const string ForeignScalar = "F043481CE3BA1332CC266AE795F2A41F100E52E47EE560DE15D9E014ACAB35C9";

    private static readonly byte[] Content = [.. "附件：投标报价表"u8];

    [Fact]
    public void What_was_enveloped_opens_for_each_recipient_and_nobody_else()
    {
        using var secondKey = Sm2PrivateKey.Generate();
        using var secondPublic = PublicKey.FromSpki(secondKey.PublicKey.ToSpki());
        var second = holder.Ca.IssuePerson(secondPublic, "李娜", "YZ-000124", profile: "person-encryption");
        var message = Sm2EnvelopedData.Read(Sm2EnvelopedData.Create(Content, [holder.Encryption, second]));

        Assert.Equal(Content, message.Open(holder.Encryption, holder.EncryptionKey));
        Assert.Equal(Content, message.Open(second, secondKey));
        Assert.False(message.IsFor(holder.Signing));
        Assert.Equal(Sm2MessageFault.NotARecipient, Refusal(() => message.Open(holder.Signing, holder.EncryptionKey)));
        Assert.Equal(Sm2MessageFault.CannotBeOpened, Refusal(() => message.Open(holder.Encryption, secondKey)));
    }

    [Fact]
    public void Another_program_s_envelope_opens()
    {
        var certificate = Certificate.FromDer(Convert.FromBase64String(ForeignCertificate));
        using var key = Sm2PrivateKey.FromScalar(Convert.FromHexString(ForeignScalar));
        var message = Sm2EnvelopedData.Read(Convert.FromBase64String(ForeignEnvelope));

        Assert.Equal("Hello World!"u8, message.Open(certificate, key));
        Assert.False(message.IsFor(holder.Encryption));
    }

    /// <summary>GM/T 0010-2012 clauses 5, 6.10 and 9, taken apart and opened by a library that is not ours.</summary>
    [Fact]
    public void The_message_has_the_standard_s_form()
    {
        var info = Asn1Sequence.GetInstance(Sm2EnvelopedData.Create(Content, [holder.Encryption]));
        Assert.Equal("1.2.156.10197.6.1.4.2.3", info[0].ToString());
        var data = Asn1Sequence.GetInstance(Asn1TaggedObject.GetInstance(info[1]).GetExplicitBaseObject());
        var recipient = Asn1Sequence.GetInstance(Asn1Set.GetInstance(data[1])[0]);
        var name = Org.BouncyCastle.Asn1.Cms.IssuerAndSerialNumber.GetInstance(recipient[1]);
        Assert.Equal(["1", "1"], [data[0].ToString(), recipient[0].ToString()]);
        Assert.Equal(holder.Encryption.Issuer.Encoded.ToArray(), name.Issuer.GetDerEncoded());
        Assert.Equal(holder.Encryption.SerialHex, Convert.ToHexString(name.SerialNumber.PositiveValue.ToByteArrayUnsigned()));
        Assert.Equal("[1.2.156.10197.1.301.3]", recipient[2].ToString());

        // SM2Cipher: x, y, hash, text (GM/T 0009-2012 clause 7.2).
        var parts = Asn1Sequence.GetInstance(Asn1OctetString.GetInstance(recipient[3]).GetOctets());
        byte[] cipher =
        [
            4,
            .. Org.BouncyCastle.Utilities.BigIntegers.AsUnsignedByteArray(32, DerInteger.GetInstance(parts[0]).PositiveValue),
            .. Org.BouncyCastle.Utilities.BigIntegers.AsUnsignedByteArray(32, DerInteger.GetInstance(parts[1]).PositiveValue),
            .. Asn1OctetString.GetInstance(parts[2]).GetOctets(),
            .. Asn1OctetString.GetInstance(parts[3]).GetOctets(),
        ];
        var engine = new SM2Engine(new Org.BouncyCastle.Crypto.Digests.SM3Digest(), SM2Engine.Mode.C1C3C2);
        engine.Init(false, PrivateKeyFactory.CreateKey(holder.EncryptionKey.ExportPkcs8()));
        var key = engine.ProcessBlock(cipher, 0, cipher.Length);

        var content = Org.BouncyCastle.Asn1.Cms.EncryptedContentInfo.GetInstance(data[2]);
        Assert.Equal("1.2.156.10197.6.1.4.2.1", content.ContentType.Id);
        Assert.Equal("1.2.156.10197.1.104.2", content.ContentEncryptionAlgorithm.Algorithm.Id);
        var sm4 = CipherUtilities.GetCipher("SM4/CBC/PKCS7Padding");
        sm4.Init(false, new Org.BouncyCastle.Crypto.Parameters.ParametersWithIV(
            new Org.BouncyCastle.Crypto.Parameters.KeyParameter(key), Asn1OctetString.GetInstance(content.ContentEncryptionAlgorithm.Parameters).GetOctets()));
        Assert.Equal(Content, sm4.DoFinal(content.EncryptedContent.GetOctets()));
    }

    [Fact]
    public void A_key_that_is_elsewhere_opens_it_and_its_own_troubles_pass()
    {
        var message = Sm2EnvelopedData.Read(Sm2EnvelopedData.Create(Content, [holder.Encryption]));

        // As a token does it: the SM4 key stays where it was decrypted.
        Assert.Equal(Content, message.Open(holder.Encryption, session =>
            Sm4.Decrypt(Sm4Mode.Cbc, holder.EncryptionKey.Decrypt(Sm2Ciphertext.FromDer(session.Key.ToDer())), session.Iv, session.Data, padding: true)));
        Assert.Throws<TimeoutException>(() => message.Open(holder.Encryption, _ => throw new TimeoutException("pulled out")));
    }

    [Fact]
    public void An_altered_envelope_does_not_open()
    {
        var text = Sm2EnvelopedData.Create(Content, [holder.Encryption]);
        text[^1] ^= 1; // in the last block, where the padding is
        var key = Sm2EnvelopedData.Create(Content, [holder.Encryption]);
        var cipher = Convert.FromHexString("06092A811CCF5501822D03");
        key[key.AsSpan().IndexOf(cipher) + cipher.Length + 8] ^= 1; // in the point of the enveloped key

        Assert.Equal(Sm2MessageFault.CannotBeOpened, Refusal(() => Sm2EnvelopedData.Read(text).Open(holder.Encryption, holder.EncryptionKey)));
        Assert.Equal(Sm2MessageFault.CannotBeOpened, Refusal(() => Sm2EnvelopedData.Read(key).Open(holder.Encryption, holder.EncryptionKey)));
    }

    /// <summary>CBC does not notice a change in its midst, so what must arrive whole is signed before it is enveloped.</summary>
    [Fact]
    public void What_an_envelope_does_not_notice_the_signature_inside_does()
    {
        var signed = Sm2SignedData.Create(new byte[100], false, holder.Signing, holder.SigningKey, Sm2Holder.Now, [holder.Issuing]);
        var good = Sm2EnvelopedData.Create(signed, [holder.Encryption]);
        var bad = good.ToArray();
        bad[^((((signed.Length / Sm4.BlockSize) + 1) * Sm4.BlockSize) - 100)] ^= 1; // within the hundred zeros

        Assert.Single(Sm2SignedData.Read(Open(good)).Verify(holder.Trust, Sm2Holder.Now));
        Assert.NotEqual(signed, Open(bad));
        Assert.Equal(Sm2MessageFault.ContentChanged, Refusal(() => Sm2SignedData.Read(Open(bad)).Verify(holder.Trust, Sm2Holder.Now)));

        byte[] Open(byte[] message) => Sm2EnvelopedData.Read(message).Open(holder.Encryption, holder.EncryptionKey);
    }

    [Fact]
    public void A_certificate_that_is_not_for_encryption_with_SM2_is_no_recipient()
    {
        using var rsa = SoftwareSigningKey.Generate(AlgorithmSuite.Rsa2048);
        var other = holder.Ca.IssuePerson(rsa.PublicKey, profile: "person-encryption");

        Assert.Equal(Sm2MessageFault.NotForEncryption, Refusal(() => Sm2EnvelopedData.Create(Content, [holder.Encryption, holder.Signing])));
        Assert.Equal(Sm2MessageFault.NotForEncryption, Refusal(() => Sm2EnvelopedData.Create(Content, [other])));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sm2EnvelopedData.Create(Content, []));
    }

    [Fact]
    public void Another_content_type_or_algorithm_is_refused()
    {
        var message = Sm2EnvelopedData.Create(Content, [holder.Encryption]);
        var signed = Sm2SignedData.Create(Content, false, holder.Signing, holder.SigningKey, Sm2Holder.Now);

        Assert.Equal(Sm2MessageFault.WrongContentType, Refusal(() => Sm2EnvelopedData.Read(signed)));
        Assert.Equal(Sm2MessageFault.WrongContentType, Refusal(() => Sm2EnvelopedData.Read(Replaced(message, "060A2A811CCF550601040201", "060A2A811CCF550601040202"))));
        Assert.Equal(Sm2MessageFault.UnsupportedAlgorithm, Refusal(() => Sm2EnvelopedData.Read(Replaced(message, "06082A811CCF55016802", "06082A811CCF55016801")))); // SM4-ECB
        Assert.Equal(Sm2MessageFault.UnsupportedAlgorithm, Refusal(() => Sm2EnvelopedData.Read(Replaced(message, "06092A811CCF5501822D03", "06092A811CCF5501822D01"))));
        Assert.Equal(Sm2MessageFault.Malformed, Refusal(() => Sm2EnvelopedData.Read(message.AsMemory()[..^1])));
        Assert.Equal(Sm2MessageFault.Malformed, Refusal(() => Sm2EnvelopedData.Read(RandomNumberGenerator.GetBytes(40))));
    }

    private static Sm2MessageFault Refusal(Func<object> act) => Assert.Throws<Sm2MessageException>(act).Fault;

    private static byte[] Replaced(byte[] message, string old, string now)
    {
        var copy = message.ToArray();
        var at = copy.AsSpan().IndexOf(Convert.FromHexString(old));
        Assert.True(at > 0, "what is to be replaced is not in the message");
        Convert.FromHexString(now).CopyTo(copy, at);
        return copy;
    }
}
