using Rekey.Pki.Algorithms;
using Rekey.Pki.Envelopes;

namespace Rekey.Tests.Pki;

public sealed class Sm2EnvelopedKeyTests
{
    /// <summary>From the tests of emmansun/gmsm, where the cipher is named as SM4-CBC; what it holds is ECB.</summary>
    private const string Foreign =
        "3081EF300C06082A811CCF55016802050030780220760C5D4EB80F7EC4BB12026586E4BADCD41C293B416618575894D9278214AA6C02203FEA869801F94F1CF383"
        + "9E9B666482703C86CEF160AF8A540DAF9C6B9ADFF5B20420685F05616055DAF4948E44D76C366B16745F7A487614C0542D16871BAA34BE8704104ABFCAB6CEA65C"
        + "AF2C130B222EBE519903420004944A5887F6FAD9808516755E81C62F41566DAB0F56CA55AD7909880ACC051CE157694B11557EBA725291166508868E6988C596A3"
        + "0472BEF32E03A3DCEF6866270321003EC6B59FECE00CA37336C12F6D529AA84BE07597E315EDA1B7B58B0BEF2FEAD9";

    private static readonly byte[] ForeignRecipient = Convert.FromHexString("5CBD96822BB1491EC835AE9C09D4D3825E30BD9955E3C7031FBBE0E72D6FDDF6");

    [Fact]
    public void What_was_enclosed_comes_out_for_its_holder_alone()
    {
        using var holder = Sm2PrivateKey.Generate();
        using var other = Sm2PrivateKey.Generate();
        using var key = Sm2PrivateKey.Generate();
        var envelope = Sm2EnvelopedKey.FromDer(Sm2EnvelopedKey.Create(holder.PublicKey, key).ToDer());

        using var opened = envelope.Open(holder);

        Assert.Equal(key.ExportPkcs8(), opened.ExportPkcs8());
        Assert.Throws<EnvelopedKeyException>(() => envelope.Open(other));
    }

    [Fact]
    public void Another_program_s_envelope_opens()
    {
        using var recipient = Sm2PrivateKey.FromScalar(ForeignRecipient);
        var named = Foreign.Replace("2A811CCF55016802", "2A811CCF55016801", StringComparison.Ordinal);
        var envelope = Sm2EnvelopedKey.FromDer(Convert.FromHexString(named));

        using var key = envelope.Open(recipient);

        Assert.Equal(Sm2EnvelopedKey.Sm4EcbOid, envelope.Algorithm);
        Assert.Equal(envelope.PublicKey, key.PublicKey);
        Assert.Equal(named, Convert.ToHexString(envelope.ToDer()));
    }

    [Fact]
    public void Another_cipher_is_refused() =>
        Assert.Contains("1.2.156.10197.1.104.2", Assert.Throws<EnvelopedKeyException>(() => Sm2EnvelopedKey.FromDer(Convert.FromHexString(Foreign))).Message, StringComparison.Ordinal);

    /// <summary>A token's field of 64 octets: right-aligned, or left-aligned, with anything beside.</summary>
    [Theory]
    [InlineData(32)]
    [InlineData(0)]
    public void A_field_of_64_octets_opens_wherever_the_scalar_lies(int at)
    {
        using var holder = Sm2PrivateKey.Generate();
        using var key = Sm2PrivateKey.Generate();
        var envelope = Sm2EnvelopedKey.Create(holder.PublicKey, key);
        var field = new byte[64];
        envelope.EncryptedPrivateKey.CopyTo(field, at);

        using var opened = (envelope with { EncryptedPrivateKey = field }).Open(holder);

        Assert.Equal(key.PublicKey, opened.PublicKey);
    }

    [Fact]
    public void An_altered_envelope_is_refused_wherever_it_was_altered()
    {
        using var holder = Sm2PrivateKey.Generate();
        using var key = Sm2PrivateKey.Generate();
        var good = Sm2EnvelopedKey.Create(holder.PublicKey, key);
        static byte[] Altered(byte[] octets) => [(byte)(octets[0] ^ 1), .. octets[1..]];

        Assert.Throws<EnvelopedKeyException>(() => (good with { EncryptedPrivateKey = Altered(good.EncryptedPrivateKey) }).Open(holder));
        Assert.Throws<EnvelopedKeyException>(() => (good with { EncryptedPrivateKey = good.EncryptedPrivateKey[1..] }).Open(holder));
        Assert.Throws<EnvelopedKeyException>(() => (good with { EncryptedKey = good.EncryptedKey with { Data = Altered(good.EncryptedKey.Data) } }).Open(holder));
        Assert.Throws<EnvelopedKeyException>(() => (good with { PublicKey = holder.PublicKey }).Open(holder));
        Assert.Throws<EnvelopedKeyException>(() => Sm2EnvelopedKey.FromDer(good.ToDer().AsMemory()[..^1]));
    }
}
