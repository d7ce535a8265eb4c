using Rekey.Ca.Configuration;
using Rekey.Ca.Profiles;
using Rekey.Contract.Renewal;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Tests.Ca;

public sealed class ProfileFileTests
{
    private static readonly string Default = ProfileFile.Default("Asia/Shanghai", "issuing", "http://pki.yunze.example", AlgorithmSuite.P256);

    private static readonly string[] Names = ["person-signing", "organisation-signing", "person-encryption", "organisation-encryption"];

    [Fact]
    public void The_file_of_a_new_ca_is_read_whole()
    {
        var profile = ProfileSet.Parse("profiles.yaml", Default)["person-signing"];

        Assert.Equal([AlgorithmSuite.Rsa2048, AlgorithmSuite.Rsa3072, AlgorithmSuite.P256, AlgorithmSuite.P384], profile.KeyTypes);
        Assert.Equal(KeyUsages.DigitalSignature | KeyUsages.NonRepudiation, profile.KeyUsage);
        Assert.Equal((5, ExtendFrom.Expiry), (profile.Years, profile.ExtendFrom));
        Assert.Equal((90, 300), (profile.Window.DaysBefore, profile.Window.DaysAfter));
        Assert.Equal(RetireWhen.AtConfirm, profile.Retire.When);
        Assert.Equal((null, WhileOldKeyIsNeeded.Warn), (profile.RetireEncryptionAfterDays, profile.WhileOldKeyIsNeeded));
        Assert.False(profile.ImplicitConfirm);
        Assert.Equal("identityCard", profile.SubjectExtensions[0].Name);
    }

    [Fact]
    public void Below_an_SM2_issuer_all_profiles_of_a_new_ca_are_for_SM2_keys()
    {
        var set = ProfileSet.Parse("profiles.yaml", ProfileFile.Default("Asia/Shanghai", "issuing", "http://pki.yunze.example", AlgorithmSuite.Sm2));

        Assert.All(Names, name => Assert.Equal([AlgorithmSuite.Sm2], set[name].KeyTypes));
    }

    [Fact]
    public void A_pair_is_a_signing_profile_that_names_its_other_half()
    {
        var set = ProfileSet.Parse("profiles.yaml", Default.Replace("# encryptionProfile: person-encryption", "encryptionProfile: person-encryption", StringComparison.Ordinal));

        Assert.Equal("person-encryption", set["person-signing"].EncryptionProfile);
        Assert.Null(set["organisation-signing"].EncryptionProfile);
        Assert.Equal(KeyUsages.KeyEncipherment | KeyUsages.DataEncipherment, set["person-encryption"].KeyUsage);
    }

    // What is wrong, what stands there, what stands there instead, the message's beginning, a part of it.
    public static TheoryData<string, string, string, string, string> Mistakes => new()
    {
        { "unknown key", "implicitConfirm: false", "implicitConfrim: false", "profiles.yaml:24: defaults.implicitConfrim", "unknown key" },
        { "unknown key type", "[RSA-2048, RSA-3072,", "[RSA-1024, RSA-3072,", "profiles.yaml:10: defaults.keyTypes", "\"RSA-1024\" is not one of" },
        { "years out of range", "years: 5 ", "years: 50", "profiles.yaml:13: defaults.validity.years", "from 1 to 20" },
        { "no number", "daysBefore: 90 ", "daysBefore: ninety", "profiles.yaml:16: defaults.window.daysBefore", "\"ninety\"" },
        { "bad attribute", "{ attribute: ST }", "{ attribute: SX }", "profiles.yaml:41: profiles.person-signing.subject[2].attribute", "is not an attribute type" },
        { "https for a CRL", "crlUrls: [\"http:", "crlUrls: [\"https:", "profiles.yaml:28: defaults.crlUrls", "is not an http address" },
        { "strength beyond types", "minimumStrengthBits: 112", "minimumStrengthBits: 128", "profiles.yaml:11: defaults.minimumStrengthBits", "refuses RSA-2048" },
        { "no time zone", "zone: Asia/Shanghai", "zone: Asia/Yunze", "profiles.yaml:5: zone", "not a time zone" },
        { "no retire", "retire: at-confirm ", "retire: sometime ", "profiles.yaml:21: defaults.retire", "after N days" },
        { "retire beyond its range", "retire: at-confirm ", "retire: after 1000 days ", "profiles.yaml:21: defaults.retire", "after N days" },
        { "no retirement of encryption keys", "retireEncryption: never ", "retireEncryption: at-confirm ", "profiles.yaml:22: defaults.retireEncryption", "never, after N days" },
        { "neither warn nor wait", "whileOldKeyIsNeeded: warn ", "whileOldKeyIsNeeded: hope ", "profiles.yaml:23: defaults.whileOldKeyIsNeeded", "\"hope\" is not one of" },
        { "missing usage", "    keyUsage: [digitalSignature, nonRepudiation]\n    extendedKeyUsage: [clientAuth, emailProtection]", "    extendedKeyUsage: [clientAuth]", "profiles.yaml:37: profiles.person-signing.keyUsage", "is missing" },
        { "authoriser that is not there", "authorisedBy: [administrator]", "authorisedBy: [nobody]", "profiles.yaml:71: profiles.operator", "authorisedBy: there is no profile \"nobody\"" },
        { "authoriser that cannot sign", "authorisedBy: [administrator]", "authorisedBy: [person-encryption]", "profiles.yaml:71: profiles.operator", "who authorises signs" },
        { "half that is not there", "# encryptionProfile: person-encryption", "encryptionProfile: person-encrypt", "profiles.yaml:", "there is no profile \"person-encrypt\"" },
        { "half that signs", "# encryptionProfile: person-encryption", "encryptionProfile: organisation-signing", "profiles.yaml:", "has a keyUsage that signs" },
        { "broken YAML", "defaults:", "defaults: [", "profiles.yaml:", "" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_named_with_file_line_and_field(string what, string right, string wrong, string begins, string contains)
    {
        Assert.Contains(right, Default, StringComparison.Ordinal);
        var e = Assert.Throws<ConfigurationException>(() => ProfileSet.Parse("profiles.yaml", Default.Replace(right, wrong, StringComparison.Ordinal)));
        Assert.True(e.Message.StartsWith(begins, StringComparison.Ordinal) && e.Message.Contains(contains, StringComparison.Ordinal), $"{what}: {e.Message}");
    }
}
