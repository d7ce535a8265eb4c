using System.Text;
using Rekey.Contract.Download;
using Rekey.Pki.Certificates;

namespace Rekey.Tests.Contract;

/// <summary>What maker and checker sign has one form, and nothing else is taken for it.</summary>
public sealed class AuthorisationDocumentTests
{
    private static readonly AuthorisationDocument Document = new()
    {
        Id = "00112233445566778899aabbccddeeff",
        Reference = "12345672",
        SubscriberId = "YZ-0001",
        Subject = DistinguishedName.Parse("CN=云泽市图书馆\\, 王敏,O=云泽市图书馆,C=CN").Encoded.ToArray(),
        Profile = "person-signing",
        IsPair = true,
        TokenModel = "ePass3000GM",
        ExpiresAt = new(2026, 12, 1, 9, 30, 0, TimeSpan.Zero),
        CodeHash = new byte[32],
        Reason = "证书已到期 412 天",
    };

    [Fact]
    public void It_reads_back_and_a_person_can_read_it()
    {
        var read = AuthorisationDocument.Parse(Document.Encode());
        Assert.Equal(Document with { Subject = read.Subject, CodeHash = read.CodeHash }, read);
        Assert.Equal(Document.Subject, read.Subject);
        Assert.Equal(
            """
            rekey download authorisation 1
            id: 00112233445566778899aabbccddeeff
            reference: 12345672
            subscriber: YZ-0001
            subject: CN=云泽市图书馆\, 王敏,O=云泽市图书馆,C=CN
            """, string.Join('\n', Encoding.UTF8.GetString(Document.Encode()).Split('\n')[..5]));
    }

    public static TheoryData<string, string> Changes => new()
    {
        { "authorisation 1", "authorisation 2" },
        { "subject: CN=云泽市", "subject: CN=沙河市" },
        { "encryption-key: new", "encryption-key: NEW" },
        { "certificates: signing and encryption", "certificates: signing" },
        { "expires: 2026-12-01T09:30:00Z", "expires: 2026-12-01T09:30:00+00:00" },
        { "expires: 2026-12-01T09:30:00Z", "expires: 2026-12-01 09:30:00Z" },
        { "code-sha256: 00", "code-sha256: " },
        { "reason: ", "reason:  " },
        { "\nreason", "\r\nreason" },
        { "token-serial: -\n", "" },
        { "profile: person-signing", "Profile: person-signing" },
        { "412 天\n", "412 天" },
        { "412 天\n", "412 天\nprofile: other\n" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Any_other_form_is_refused(string from, string to)
    {
        var text = Encoding.UTF8.GetString(Document.Encode());
        Assert.Contains(from, text, StringComparison.Ordinal);
        var changed = Encoding.UTF8.GetBytes(text.Replace(from, to, StringComparison.Ordinal));
        if (from == "reason: ")
        {
            Assert.NotEqual(Document.Sha256(), AuthorisationDocument.Parse(changed).Sha256()); // another reason, another document
            return;
        }

        Assert.Throws<MalformedException>(() => AuthorisationDocument.Parse(changed));
    }

    [Fact]
    public void No_octets_crash_it()
    {
        var good = Document.Encode();
        for (var i = 0; i < good.Length; i++)
        {
            var broken = (byte[])good.Clone();
            broken[i] ^= 0x81;
            try
            {
                Assert.NotEqual(Document.Sha256(), AuthorisationDocument.Parse(broken).Sha256());
            }
            catch (MalformedException)
            {
                // refused
            }

            Assert.Throws<MalformedException>(() => AuthorisationDocument.Parse(good.AsSpan(..i)));
        }
    }
}
