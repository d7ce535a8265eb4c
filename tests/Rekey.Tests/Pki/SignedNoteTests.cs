using Rekey.Pki.Certificates;
using Rekey.Pki.Notes;

namespace Rekey.Tests.Pki;

public sealed class SignedNoteTests
{
    // The example of the C2SP signed-note specification and of Go's sumdb/note package.
    private const string PeterKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    private const string PeterNote =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
        + "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    [Fact]
    public void A_note_that_another_implementation_signed_verifies()
    {
        var key = NoteKey.Parse(PeterKey);
        Assert.Equal(PeterKey, key.ToString());
        var note = SignedNote.Parse(PeterNote);
        Assert.True(note.IsSignedBy(key));
        Assert.Equal(PeterNote, note.ToString());
        Assert.False(SignedNote.Parse(PeterNote.Replace("answer", "Answer", StringComparison.Ordinal)).IsSignedBy(key));
    }

    [Fact]
    public void What_one_key_signed_another_did_not()
    {
        var key = Ed25519Key.Generate();
        var note = SignedNote.Parse(SignedNote.Sign("pki.example\n7\n", "pki.example", key).ToString());
        Assert.True(note.IsSignedBy(new NoteKey("pki.example", key.PublicKey)));
        Assert.False(note.IsSignedBy(new NoteKey("pki.other", key.PublicKey)));
        Assert.False(note.IsSignedBy(new NoteKey("pki.example", Ed25519Key.Generate().PublicKey)));
    }

    // RFC 8032 section 7.1, test 2.
    [Fact]
    public void The_key_signs_as_the_standard_says()
    {
        var pkcs8 = Convert.FromHexString("302E020100300506032B6570042204204CCD089B28FF96DA9DB6C346EC114E0F5B8A319F35ABA624DA8CF6ED4FB8A6FB");
        var key = Ed25519Key.FromPkcs8(pkcs8);
        Assert.Equal("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", Convert.ToHexStringLower(key.PublicKey));
        Assert.StartsWith("92a009a9f0d4cab8720e820b5f642540", Convert.ToHexStringLower(key.Sign([0x72])), StringComparison.Ordinal);
        Assert.Equal(pkcs8, key.ExportPkcs8());
    }

    [Theory]
    [InlineData("")]
    [InlineData("text\n")]
    [InlineData("text\n\n— name\n")]
    [InlineData("text\n\n— name AAAA\n")]
    [InlineData("text\n\n- name AAAAAAAAAAAAAAAA\n")]
    public void What_is_no_note_is_refused(string text) => Assert.Throws<MalformedException>(() => SignedNote.Parse(text));

    [Fact]
    public void A_name_with_a_plus_sign_cannot_sign() =>
        Assert.Throws<ArgumentException>(() => SignedNote.Sign("x\n", "a+b", Ed25519Key.Generate()));
}
