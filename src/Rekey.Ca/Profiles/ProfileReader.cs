using System.Text.RegularExpressions;
using Rekey.Ca.Configuration;
using Rekey.Contract.Renewal;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Ca.Profiles;

/// <summary>From the YAML file to profiles. The file's own header explains each key; <see cref="ProfileFile"/> writes it.</summary>
internal static partial class ProfileReader
{
    private static readonly Dictionary<string, AlgorithmSuite> Suites = AlgorithmSuite.All.ToDictionary(s => s.Name);

    private static readonly Dictionary<string, KeyUsages> KeyUsageNames = new()
    {
        ["digitalSignature"] = KeyUsages.DigitalSignature,
        ["nonRepudiation"] = KeyUsages.NonRepudiation,
        ["keyEncipherment"] = KeyUsages.KeyEncipherment,
        ["dataEncipherment"] = KeyUsages.DataEncipherment,
        ["keyAgreement"] = KeyUsages.KeyAgreement,
    };

    private static readonly Dictionary<string, string> PurposeNames = new()
    {
        ["clientAuth"] = Oids.ClientAuth,
        ["serverAuth"] = Oids.ServerAuth,
        ["emailProtection"] = Oids.EmailProtection,
    };

    private static readonly Dictionary<string, SubjectExtensionEncoding> Encodings = new()
    {
        ["printable"] = SubjectExtensionEncoding.Printable,
        ["utf8"] = SubjectExtensionEncoding.Utf8,
    };

    private static readonly Dictionary<string, WhileOldKeyIsNeeded> Whiles = new() { ["warn"] = WhileOldKeyIsNeeded.Warn, ["wait"] = WhileOldKeyIsNeeded.Wait };

    public static ProfileSet Read(YamlSection file)
    {
        var zone = Zone(file);
        var defaults = file.Section("defaults");
        var list = file.Section("profiles") ?? throw file.Wrong("profiles", "is missing");
        var profiles = new Dictionary<string, CertificateProfile>();
        foreach (var name in list.Keys)
        {
            if (!ProfileName().IsMatch(name))
            {
                throw list.Wrong(name, "a profile's name has small letters, digits and hyphens");
            }

            var section = list.Section(name)!.WithDefaults(defaults);
            profiles.Add(name, ReadProfile(name, section));
            section.Done();
        }

        foreach (var (name, profile) in profiles)
        {
            RequirePair(list, name, profile, profiles);
            RequireAuthorisers(list, name, profile, profiles);
        }

        if (profiles.Count == 0)
        {
            throw file.Wrong("profiles", "has no profile");
        }

        defaults?.Done();
        list.Done();
        file.Done();
        return new(zone, profiles);
    }

    private static TimeZoneInfo Zone(YamlSection file)
    {
        var name = file.Text("zone", "Asia/Shanghai");
        return TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : throw file.Wrong("zone", $"\"{name}\" is not a time zone of this machine");
    }

    private static CertificateProfile ReadProfile(string name, YamlSection s)
    {
        var subject = s.Sections("subject").Select(ReadSubjectRule).ToList();
        var profile = new CertificateProfile
        {
            Name = name,
            Issuer = s.Text("issuer"),
            KeyTypes = s.Choices("keyTypes", Suites, required: true),
            MinimumStrengthBits = s.Number("minimumStrengthBits", 80, 256, 112),
            KeyUsage = s.Choices("keyUsage", KeyUsageNames, required: true).Aggregate(KeyUsages.None, (all, one) => all | one),
            ExtendedKeyUsage = ReadPurposes(s),
            Window = ReadWindow(s),
            Subject = subject,
            SubscriberIdentifier = ReadAttribute(s, "subscriberIdentifier", "serialNumber"),
            CrlUrls = ReadUrls(s, "crlUrls"),
            OcspUrls = ReadUrls(s, "ocspUrls"),
            CaIssuerUrls = ReadUrls(s, "caIssuerUrls"),
            Policies = ReadOids(s, "policies"),
            SubjectExtensions = s.Sections("subjectExtensions").Select(ReadSubjectExtension).ToList(),
            MaxYearsSinceIdentityProof = s.Number("maxYearsSinceIdentityProof", 1, 30, 10),
            ConfirmWaitDays = s.Number("confirmWaitDays", 1, 60, 7),
            RevokeUnconfirmedAfterHeldDays = s.Number("revokeUnconfirmedAfterHeldDays", 1, 365, 30),
            Retire = ReadRetire(s),
            RetireEncryptionAfterDays = ReadRetireEncryption(s),
            WhileOldKeyIsNeeded = s.Choice("whileOldKeyIsNeeded", Whiles, "warn"),
            ImplicitConfirm = s.Flag("implicitConfirm", false),
            FurtherCertificates = s.Flag("furtherCertificates", false),
            EncryptionProfile = s.OptionalText("encryptionProfile"),
            AuthorisedBy = s.Texts("authorisedBy") ?? [],
        };
        profile = WithValidity(profile, s);
        return Consistent(profile, s);
    }

    private static CertificateProfile WithValidity(CertificateProfile profile, YamlSection s)
    {
        if (s.Section("validity") is not { } validity)
        {
            return profile;
        }

        var choices = new Dictionary<string, ExtendFrom> { ["expiry"] = ExtendFrom.Expiry, ["issue"] = ExtendFrom.Issue };
        var result = profile with { Years = validity.Number("years", 1, 20, 5), ExtendFrom = validity.Choice("extendFrom", choices, "expiry") };
        validity.Done();
        return result;
    }

    private static CertificateProfile Consistent(CertificateProfile profile, YamlSection s)
    {
        if (profile.KeyTypes.Count == 0)
        {
            throw s.Wrong("keyTypes", "names no key type");
        }

        if (profile.KeyTypes.FirstOrDefault(k => k.StrengthBits < profile.MinimumStrengthBits) is { } weak)
        {
            throw s.Wrong("minimumStrengthBits", $"{profile.MinimumStrengthBits} refuses {weak} ({weak.StrengthBits} bits), which keyTypes allows");
        }

        if (profile.KeyUsage == KeyUsages.None)
        {
            throw s.Wrong("keyUsage", "names no usage");
        }

        if (profile.Subject.Count > 0 && profile.Subject.All(r => r.Oid != profile.SubscriberIdentifier))
        {
            throw s.Wrong("subscriberIdentifier", $"{AttributeTypes.ShortName(profile.SubscriberIdentifier)} is not an attribute of subject");
        }

        return profile;
    }

    private static void RequirePair(YamlSection list, string name, CertificateProfile profile, Dictionary<string, CertificateProfile> profiles)
    {
        if (profile.EncryptionProfile is not { } half)
        {
            return;
        }

        const KeyUsages signing = KeyUsages.DigitalSignature | KeyUsages.NonRepudiation;
        var wrong = !profiles.TryGetValue(half, out var encryption) ? $"there is no profile \"{half}\""
            : encryption.EncryptionProfile is not null ? $"{half} is the signing half of a pair itself"
            : (encryption.KeyUsage & signing) != 0 ? $"{half} has a keyUsage that signs; a key that the key-management centre can recover signs nothing"
            : encryption.SubscriberIdentifier != profile.SubscriberIdentifier ? $"{half} has another subscriberIdentifier"
            : null;
        if (wrong is not null)
        {
            throw list.Wrong(name, $"encryptionProfile: {wrong}");
        }
    }

    private static void RequireAuthorisers(YamlSection list, string name, CertificateProfile profile, Dictionary<string, CertificateProfile> profiles)
    {
        foreach (var authoriser in profile.AuthorisedBy)
        {
            var wrong = !profiles.TryGetValue(authoriser, out var found) ? $"there is no profile \"{authoriser}\""
                : !found.KeyUsage.HasFlag(KeyUsages.DigitalSignature) ? $"{authoriser} has no keyUsage digitalSignature; who authorises signs"
                : null;
            if (wrong is not null)
            {
                throw list.Wrong(name, $"authorisedBy: {wrong}");
            }
        }
    }

    private static RenewalPolicy ReadWindow(YamlSection s)
    {
        if (s.Section("window") is not { } window)
        {
            return new();
        }

        var policy = new RenewalPolicy(window.Number("daysBefore", 0, 3660, 90), window.Number("daysAfter", 0, 3660, 300));
        window.Done();
        return policy;
    }

    private static SubjectRule ReadSubjectRule(YamlSection s)
    {
        var rule = new SubjectRule(
            ReadAttribute(s, "attribute", null),
            s.Flag("required", false),
            s.OptionalText("maxLength") is null ? null : s.Number("maxLength", 1, 1024),
            s.OptionalText("value"),
            s.Flag("several", false));
        s.Done();
        return rule;
    }

    private static SubjectExtension ReadSubjectExtension(YamlSection s)
    {
        var oid = s.Text("oid");
        var extension = new SubjectExtension(
            DottedOid().IsMatch(oid) ? oid : throw s.Wrong("oid", $"\"{oid}\" is not an object identifier"),
            s.Text("name"),
            s.Choice("encoding", Encodings, "printable"),
            s.Flag("required", false));
        s.Done();
        return extension;
    }

    private static string ReadAttribute(YamlSection s, string key, string? otherwise)
    {
        var name = s.Text(key, otherwise);
        return AttributeTypes.Find(name) ?? (DottedOid().IsMatch(name) ? name
            : throw s.Wrong(key, $"\"{name}\" is not an attribute type; known: {string.Join(", ", AttributeTypes.Names)}, or a dotted OID"));
    }

    private static List<string> ReadPurposes(YamlSection s) => (s.Texts("extendedKeyUsage") ?? [])
        .Select(t => PurposeNames.TryGetValue(t, out var oid) ? oid : DottedOid().IsMatch(t) ? t
            : throw s.Wrong("extendedKeyUsage", $"\"{t}\" is not one of {string.Join(", ", PurposeNames.Keys)}, or a dotted OID"))
        .ToList();

    private static List<string> ReadOids(YamlSection s, string key) => (s.Texts(key) ?? [])
        .Select(t => DottedOid().IsMatch(t) ? t : throw s.Wrong(key, $"\"{t}\" is not an object identifier"))
        .ToList();

    private static List<string> ReadUrls(YamlSection s, string key) => (s.Texts(key) ?? [])
        .Select(t => Uri.TryCreate(t, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp ? t
            : throw s.Wrong(key, $"\"{t}\" is not an http address"))
        .ToList();

    private static RetirePolicy ReadRetire(YamlSection s)
    {
        var text = s.Text("retire", "at-confirm");
        return text switch
        {
            "at-confirm" => new(RetireWhen.AtConfirm),
            "after-first-login" => new(RetireWhen.AfterFirstLogin),
            _ when Days(text, 999) is { } days => new(RetireWhen.AfterDays, days),
            _ => throw s.Wrong("retire", $"\"{text}\" is not one of at-confirm, after-first-login, after N days"),
        };
    }

    private static int? ReadRetireEncryption(YamlSection s)
    {
        var text = s.Text("retireEncryption", "never");
        return text == "never" ? null
            : Days(text, 9999) ?? throw s.Wrong("retireEncryption", $"\"{text}\" is not one of never, after N days");
    }

    private static int? Days(string text, int most) =>
        AfterDays().Match(text) is { Success: true } m && int.Parse(m.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture) is var days && days <= most ? days : null;

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,62}$")]
    private static partial Regex ProfileName();

    [GeneratedRegex(@"^[0-2](\.(0|[1-9][0-9]*))+$")]
    private static partial Regex DottedOid();

    [GeneratedRegex("^after ([0-9]{1,4}) days?$")]
    private static partial Regex AfterDays();
}
