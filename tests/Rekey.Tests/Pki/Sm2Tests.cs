using System.Security.Cryptography;
using Rekey.Pki.Algorithms;

namespace Rekey.Tests.Pki;

/// <summary>Published examples of SM2: GM/T 0003.5-2012 (GB/T 32918.5-2017) annexes, and OpenSSL's test data.</summary>
public sealed class Sm2Tests
{
    private const string Scalar = "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8";
    private const string X = "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020";
    private const string Y = "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13";
    private const string Chance = "59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21";
    private const string R = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3";
    private const string S = "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA";
    private const string Zero = "0000000000000000000000000000000000000000000000000000000000000000";
    private const string Order = "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123";

    private const string Cipher =
        "307C022004EBFC718E8D1798620432268E77FEB6415E2EDE0E073C0F4F640ECD2E149A73022100E858F9D81E5430A57B36DAAB8F950A3C64E6EE6A63094D9928"
        + "3AFF767E124DF0042059983C18F809E262923C53AEC295D30383B54E39D609D160AFCB1908D0BD8766041321886CA989CA9C7D58087307CA93092D651EFA";

    /// <summary>The key of OpenSSL's evppkey_sm2.txt as DER PKCS#8: what its <c>genpkey</c> writes.</summary>
    private const string OpenSslKey =
        "MIGHAgEAMBMGByqGSM49AgEGCCqBHM9VAYItBG0wawIBAQQg0JFWczAXva2An9m72MaT9gIwWTFptvlKrxyO4TjMmbWhRANCAAQ5OirZ4n5DrKqrhaGdO4VZHhRAYVcX"
        + "Wt3Te/d/8Mr57Tf886i09VwDhSMmH8pmNq/mp6+ioUgqYG9cs6GLLioe";

    [Fact]
    public void The_standard_s_signature_is_made_and_verified()
    {
        using var key = Sm2PrivateKey.FromScalar(Hex(Scalar));
        var e = key.PublicKey.Digest("message digest"u8);

        Assert.Equal("04" + X + Y, Convert.ToHexString(key.PublicKey.Octets.Span));
        Assert.Equal("F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640", Convert.ToHexString(e));
        Assert.Equal(R + S, Convert.ToHexString(key.SignDigest(e, new FixedRandom(Chance))));
        Assert.True(key.PublicKey.VerifyDigest(e, Hex(R + S)));
    }

    [Fact]
    public void The_standard_s_ciphertext_is_made_and_read()
    {
        using var key = Sm2PrivateKey.FromScalar(Hex(Scalar));

        Assert.Equal(Cipher, Convert.ToHexString(key.PublicKey.Encrypt("encryption standard"u8, new FixedRandom(Chance)).ToDer()));
        Assert.Equal("encryption standard"u8, key.Decrypt(Sm2Ciphertext.FromDer(Hex(Cipher))));
    }

    [Theory]
    [InlineData("D7AD397F6FFA5D4F7F11E7217F241607DC30618C236D2C09C1B9EA8FDADEE2E8", "3046022100AB1DB64DE7C40EDBDE6651C9B8EBDB804673DB836E5D5C7FE15DCF9ED2725037022100EBA714451FF69B0BB930B379E192E7CD5FA6E3C41C7FBD8303B799AB54A54621")]
    [InlineData("B1139602C6ECC9E15E2F3F9C635A1AFE737058BC15387479C1EA0D0B3D90E9E5", "3045022100E6E0414EBD3A656C35602AF14AB20287DBF30D57AF75C49A188ED4B42391F22402202F54F277C606F4605E1CE9514947FFDDF94C67A539804A4ED17F852288BDBE2E")]
    public void OpenSSL_s_signatures_over_a_digest_are_verified(string e, string der)
    {
        using var key = Sm2PrivateKey.FromPkcs8(Convert.FromBase64String(OpenSslKey));

        Assert.True(Sm2Signature.TryFromDer(Hex(der), out var signature));
        Assert.True(key.PublicKey.VerifyDigest(Hex(e), signature));
        Assert.Equal(der, Convert.ToHexString(Sm2Signature.ToDer(signature)));
        signature[^1] ^= 1;
        Assert.False(key.PublicKey.VerifyDigest(Hex(e), signature));
    }

    [Fact]
    public void OpenSSL_s_ciphertext_is_decrypted()
    {
        using var key = Sm2PrivateKey.FromPkcs8(Convert.FromBase64String(OpenSslKey));
        var cipher = Sm2Ciphertext.FromDer(Hex(
            "30818A0220466BE2EF5C11782EC77864A0055417F407A5AFC11D653C6BCE69E417BB1D05B6022062B572E21FF0DDF5C726BD3F9FF2EAE56E6294713A607E9B9525"
            + "628965F62CC804203C1B5713B5DB2728EB7BF775E44F4689FC32668BDC564F52EA45B09E8DF2A5F40422084A9D0CC2997092B7D3C404FCE95956EB604D732B2307A8E5B8900ED6608CA5B197"));

        Assert.Equal("The floofy bunnies hop at midnight"u8, key.Decrypt(cipher));
    }

    /// <summary>GM/T 0003.5-2012 annex B: both sides and their keys.</summary>
    [Fact]
    public void Both_sides_agree_on_the_standard_s_key()
    {
        using var a = Sm2PrivateKey.FromScalar(Hex("81EB26E941BB5AF16DF116495F90695272AE2CD63D6C4AE1678418BE48230029"));
        using var passingA = Sm2PrivateKey.FromScalar(Hex("D4DE15474DB74D06491C440D305E012400990F3E390C7E87153C12DB2EA60BB3"));
        using var b = Sm2PrivateKey.FromScalar(Hex("785129917D45A9EA5437A59356B82338EAADDA6CEB199088F14AE10DEFA229B5"));
        using var passingB = Sm2PrivateKey.FromScalar(Hex("7E07124814B309489125EAED101113164EBF0F3458C5BD88335C1F9D596243D6"));
        var id = Sm2PublicKey.DefaultId;

        var keyOfA = Sm2KeyAgreement.Derive(true, a, passingA, id, b.PublicKey, passingB.PublicKey, id, 16);
        var keyOfB = Sm2KeyAgreement.Derive(false, b, passingB, id, a.PublicKey, passingA.PublicKey, id, 16);

        Assert.Equal("6C89347354DE2484C60B4AB1FDE4C6E5", Convert.ToHexString(keyOfA));
        Assert.Equal(keyOfA, keyOfB);
    }

    [Fact]
    public void Generated_keys_sign_encrypt_and_come_back_from_both_exports()
    {
        using var key = Sm2PrivateKey.Generate();
        using var again = Sm2PrivateKey.FromPkcs8(key.ExportPkcs8());
        var e = key.PublicKey.Digest("text"u8);

        Assert.True(Sm2PublicKey.FromSpki(key.PublicKey.ToSpki()).VerifyDigest(e, again.SignDigest(e)));
        Assert.Equal("text"u8, again.Decrypt(Sm2Ciphertext.FromDer(key.PublicKey.Encrypt("text"u8).ToDer())));
    }

    [Fact]
    public void The_export_has_OpenSSL_s_form()
    {
        using var key = Sm2PrivateKey.FromPkcs8(Convert.FromBase64String(OpenSslKey));

        Assert.Equal(OpenSslKey, Convert.ToBase64String(key.ExportPkcs8()));
    }

    [Fact]
    public void The_identity_is_part_of_what_is_signed()
    {
        using var key = Sm2PrivateKey.FromScalar(Hex(Scalar));

        Assert.NotEqual(key.PublicKey.Digest("text"u8), key.PublicKey.Digest("text"u8, "other"u8));
        Assert.Equal(key.PublicKey.Digest("text"u8), key.PublicKey.Digest("text"u8, Sm2PublicKey.DefaultId));
    }

    [Fact]
    public void A_point_off_the_curve_is_refused()
    {
        var y = Hex(Y);
        y[^1] ^= 1;

        Assert.Throws<UnsupportedKeyException>(() => Sm2PublicKey.FromCoordinates(Hex(X), y));
        Assert.Throws<UnsupportedKeyException>(() => Sm2PublicKey.FromOctets(new byte[65]));
        Assert.Throws<UnsupportedKeyException>(() => Sm2PublicKey.FromOctets([0]));
        Assert.Throws<UnsupportedKeyException>(() => Sm2PublicKey.FromCoordinates(Hex(X + "00"), Hex(Y[2..])));
        Assert.Throws<UnsupportedKeyException>(() => Sm2PublicKey.FromCoordinates(Hex("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF"), Hex(Y)));
    }

    [Fact]
    public void A_key_of_another_curve_is_refused()
    {
        using var p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.Throws<UnsupportedKeyException>(() => Sm2PublicKey.FromSpki(p256.ExportSubjectPublicKeyInfo()));
        Assert.Throws<UnsupportedKeyException>(() => Sm2PrivateKey.FromPkcs8(p256.ExportPkcs8PrivateKey()));
        Assert.Throws<UnsupportedKeyException>(() => Sm2PublicKey.FromSpki(new byte[] { 0x30, 0x00 }));
    }

    [Theory]
    [InlineData(Zero)]
    [InlineData("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54122")]
    [InlineData(Order)]
    [InlineData("01")]
    public void A_scalar_out_of_range_is_refused(string scalar) => Assert.Throws<UnsupportedKeyException>(() => Sm2PrivateKey.FromScalar(Hex(scalar)));

    [Fact]
    public void The_greatest_scalar_is_taken()
    {
        using var key = Sm2PrivateKey.FromScalar(Hex("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54121"));
        var e = key.PublicKey.Digest("text"u8);

        Assert.True(key.PublicKey.VerifyDigest(e, key.SignDigest(e)));
    }

    [Fact]
    public void A_public_key_beside_another_s_private_key_is_refused()
    {
        var pkcs8 = Convert.FromBase64String(OpenSslKey);
        pkcs8[40] ^= 1; // within the scalar

        Assert.Throws<UnsupportedKeyException>(() => Sm2PrivateKey.FromPkcs8(pkcs8));
    }

    [Theory]
    [InlineData(Zero + S)]
    [InlineData(R + Zero)]
    [InlineData(Order + S)]
    [InlineData(R + Order)]
    [InlineData(R)]
    public void Zero_or_too_great_r_and_s_are_wrong_signatures(string signature)
    {
        using var key = Sm2PrivateKey.FromScalar(Hex(Scalar));

        Assert.False(key.PublicKey.VerifyDigest(key.PublicKey.Digest("message digest"u8), Hex(signature)));
    }

    [Theory]
    [InlineData("3006020100020101")]
    [InlineData("3006020101020100")]
    [InlineData("30060201FF020101")]
    [InlineData("3003020101")]
    [InlineData("30060201010201")]
    [InlineData("300602010102010100")]
    public void DER_that_is_no_signature_is_refused(string der) => Assert.False(Sm2Signature.TryFromDer(Hex(der), out _));

    /// <summary>GM/T 0009-2012 clauses 7.2 and 7.3: numbers are INTEGERs, as short as they can be and never negative.</summary>
    [Fact]
    public void Numbers_that_begin_with_zeros_or_with_a_high_bit_come_back_as_they_were()
    {
        var (small, high) = (new byte[32], new byte[32]);
        (small[30], small[31], high[0], high[31]) = (1, 2, 0x80, 3);
        var cipher = new Sm2Ciphertext(small, high, new byte[32], [7]);
        var der = Convert.ToHexString(cipher.ToDer());

        Assert.StartsWith("304C" + "02020102" + "022100" + Convert.ToHexString(high) + "0420", der, StringComparison.Ordinal);
        var read = Sm2Ciphertext.FromDer(Hex(der));
        Assert.Equal([cipher.X, cipher.Y, cipher.Hash, cipher.Data], new[] { read.X, read.Y, read.Hash, read.Data });
        var signature = (byte[])[.. small, .. high];
        Assert.Equal("3027" + "02020102" + "022100" + Convert.ToHexString(high), Convert.ToHexString(Sm2Signature.ToDer(signature)));
        Assert.True(Sm2Signature.TryFromDer(Sm2Signature.ToDer(signature), out var again));
        Assert.Equal(signature, again);
    }

    [Fact]
    public void An_altered_ciphertext_is_refused_wherever_it_was_altered()
    {
        using var key = Sm2PrivateKey.FromScalar(Hex(Scalar));
        var good = Sm2Ciphertext.FromDer(Hex(Cipher));
        static byte[] Altered(byte[] octets) => [.. octets[..^1], (byte)(octets[^1] ^ 1)];

        Assert.Throws<CryptographicException>(() => key.Decrypt(good with { X = Altered(good.X) }));
        Assert.Throws<CryptographicException>(() => key.Decrypt(good with { Hash = Altered(good.Hash) }));
        Assert.Throws<CryptographicException>(() => key.Decrypt(good with { Data = Altered(good.Data) }));
        Assert.Throws<CryptographicException>(() => Sm2Ciphertext.FromDer(Hex(Cipher[..^2])));
    }

    private static byte[] Hex(string hex) => Convert.FromHexString(hex);
}
