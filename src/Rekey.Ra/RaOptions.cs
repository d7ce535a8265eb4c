using System.Globalization;
using Rekey.Contract.Renewal;
using Rekey.Ra.Authorisations;

namespace Rekey.Ra;

/// <summary>All settings of the registration authority: one record per feature.</summary>
public sealed record RaOptions
{
    /// <summary>Who runs the service.</summary>
    public InstitutionOptions Institution { get; init; } = new();

    /// <summary>Rules of renewal, per certificate profile.</summary>
    public RenewalOptions Renewal { get; init; } = new();

    /// <summary>Meetings of page and agent.</summary>
    public SessionOptions Sessions { get; init; } = new();

    /// <summary>CMP clients.</summary>
    public CmpOptions Cmp { get; init; } = new();

    /// <summary>Business systems that say until when old keys are needed.</summary>
    public RelyingPartyOptions RelyingParties { get; init; } = new();

    /// <summary>Download authorisations.</summary>
    public AuthorisationOptions Authorisations { get; init; } = new();

    /// <summary>The operators' console.</summary>
    public ConsoleOptions Console { get; init; } = new();

    /// <summary>Refuses settings that cannot work.</summary>
    /// <exception cref="ArgumentException">The message names the setting, as in <c>institution.timeZone</c>.</exception>
    public void Validate()
    {
        Institution.Validate();
        Renewal.Validate();
        Sessions.Validate();
        Cmp.Validate();
        RelyingParties.Validate();
        Authorisations.Validate();
        Console.Validate();
    }

    internal static void Require(bool condition, string setting, string reason)
    {
        if (!condition)
        {
            throw new ArgumentException($"{setting}: {reason}");
        }
    }
}

/// <summary>A text that people read, in both languages.</summary>
public sealed record LocalText
{
    /// <summary>Chinese.</summary>
    public string Zh { get; init; } = "";

    /// <summary>English.</summary>
    public string En { get; init; } = "";

    /// <summary>The text for a culture; where the English is missing, the Chinese.</summary>
    public string For(CultureInfo culture) => culture.TwoLetterISOLanguageName == "en" && En.Length > 0 ? En : Zh;
}

/// <summary>Who runs the service, as pages and agent windows show it.</summary>
public sealed record InstitutionOptions
{
    /// <summary>Name of the RA centre.</summary>
    public LocalText Name { get; init; } = new() { Zh = "云泽市电子政务外网 RA 中心", En = "RA centre of the Yunze e-government extranet" };

    /// <summary>Telephone of the RA centre, grouped for reading.</summary>
    public string Telephone { get; init; } = "0000-8696 1200";

    /// <summary>When the telephone is answered.</summary>
    public LocalText Hours { get; init; } = new() { Zh = "工作日 8:30–17:30", En = "Working days 8:30–17:30" };

    /// <summary>IANA name of the zone in which calendar days are counted.</summary>
    public string TimeZone { get; init; } = "Asia/Shanghai";

    /// <summary>The zone.</summary>
    public TimeZoneInfo Zone() => TimeZoneInfo.FindSystemTimeZoneById(TimeZone);

    internal void Validate()
    {
        RaOptions.Require(Name.Zh.Length is > 0 and <= 100, "institution.name.zh", "must be 1 to 100 characters");
        RaOptions.Require(Telephone.Length is > 0 and <= 40, "institution.telephone", "must be 1 to 40 characters");
        RaOptions.Require(TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _), "institution.timeZone", $"'{TimeZone}' is not a zone of this system");
    }
}

/// <summary>The operators' console.</summary>
public sealed record ConsoleOptions
{
    /// <summary>A session that was not used for this long has ended.</summary>
    public TimeSpan IdleLimit { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>A session ends after this time, however busy: a working day.</summary>
    public TimeSpan LongestSession { get; init; } = TimeSpan.FromHours(10);

    internal void Validate()
    {
        RaOptions.Require(IdleLimit >= TimeSpan.FromMinutes(5) && IdleLimit <= TimeSpan.FromHours(12), "console.idleMinutes", "must be 5 to 720");
        RaOptions.Require(LongestSession >= IdleLimit && LongestSession <= TimeSpan.FromHours(24), "console.longestHours", "must be 1 to 24, and not shorter than console.idleMinutes");
    }
}

/// <summary>CMP clients without a page.</summary>
public sealed record CmpOptions
{
    /// <summary>When a client whose request waits for a person is told to ask again; whole seconds.</summary>
    public TimeSpan CheckAfter { get; init; } = TimeSpan.FromSeconds(60);

    internal void Validate() => RaOptions.Require(
        CheckAfter >= TimeSpan.FromSeconds(1) && CheckAfter <= TimeSpan.FromDays(1), "cmp.checkAfterSeconds", "must be 1 to 86400");
}

/// <summary>Business systems that say until when old keys are needed.</summary>
public sealed record RelyingPartyOptions
{
    /// <summary>Calls from one network address in a minute.</summary>
    public int CallsPerMinute { get; init; } = 600;

    /// <summary>Dates, not yet passed, of one relying party.</summary>
    public int MostDates { get; init; } = 10_000;

    /// <summary>How far away a date may be, in calendar years.</summary>
    public int MostYears { get; init; } = 20;

    internal void Validate()
    {
        RaOptions.Require(CallsPerMinute > 0, "relyingParties.callsPerMinute", "must be above 0");
        RaOptions.Require(MostDates is > 0 and <= 1_000_000, "relyingParties.mostDates", "must be 1 to 1000000");
        RaOptions.Require(MostYears is > 0 and <= 100, "relyingParties.mostYears", "must be 1 to 100");
    }
}

/// <summary>Rules of renewal.</summary>
public sealed record RenewalOptions
{
    /// <summary>Rules by profile name; <c>default</c> serves every profile without an entry of its own.</summary>
    public IReadOnlyDictionary<string, ProfileRule> Profiles { get; init; } = new Dictionary<string, ProfileRule> { ["default"] = new() };

    /// <summary>The rule of a profile.</summary>
    public ProfileRule For(string profile) => Profiles.TryGetValue(profile, out var rule) ? rule : Profiles["default"];

    internal void Validate()
    {
        RaOptions.Require(Profiles.ContainsKey("default"), "renewal.profiles", "must have an entry named default");
        foreach (var (name, rule) in Profiles)
        {
            rule.Validate($"renewal.profiles.{name}");
        }
    }
}

/// <summary>What it takes to renew a certificate of one profile.</summary>
public sealed record ProfileRule
{
    /// <summary>Days before expiry from which renewal is possible, the first included.</summary>
    public int DaysBefore { get; init; } = 90;

    /// <summary>Days after expiry up to which renewal is possible, the last included.</summary>
    public int DaysAfter { get; init; } = 300;

    /// <summary>Calendar years of the new certificate. The CA's profile decides; this is what the pages announce.</summary>
    public int ValidityYears { get; init; } = 5;

    /// <summary>Calendar years that a proof of identity lasts.</summary>
    public int MaxYearsSinceIdentityProof { get; init; } = 10;

    /// <summary>Least security strength, in bits (NIST SP 800-57), of the old key that proves who asks.</summary>
    public int LeastStrengthBits { get; init; } = 112;

    /// <summary>Suite name of the new key, for example <c>RSA-2048</c> or <c>P-256</c>.</summary>
    public string KeyType { get; init; } = "RSA-2048";

    /// <summary>
    /// Suite name of the encryption key, when certificates of this profile are the signing half of a pair; null for a certificate alone.
    /// </summary>
    public string? EncryptionKeyType { get; init; }

    /// <summary>Whether the old pair leaves the token once the new certificate is confirmed.</summary>
    public bool RetireAtConfirmation { get; init; } = true;

    /// <summary>
    /// Days from its successor's confirmation after which an old pair that stayed on the token leaves it, with the next renewal there; null: it
    /// stays.
    /// </summary>
    public int? RetireAfterDays { get; init; } = 0;

    /// <summary>
    /// Days from its successor's confirmation after which an old encryption key leaves the token, with the next renewal there; null: it stays.
    /// It stays in any case while a business system needs it.
    /// </summary>
    public int? RetireEncryptionAfterDays { get; init; }

    /// <summary>What a renewal does while a business system needs the key that it would make an old one.</summary>
    public WhileOldKeyIsNeeded WhileOldKeyIsNeeded { get; init; }

    /// <summary>Whether a certificate that is not yet expired is extended from its expiry, so that renewing early loses nothing.</summary>
    public bool ExtendFromExpiry { get; init; } = true;

    /// <summary>Whether a holder's CMP client may get further certificates with one that it has (ir, cr, p10cr).</summary>
    public bool FurtherCertificates { get; init; }

    /// <summary>The window.</summary>
    public RenewalPolicy Window => new(DaysBefore, DaysAfter);

    internal void Validate(string path)
    {
        RaOptions.Require(DaysBefore is >= 0 and <= 3650, $"{path}.daysBefore", "must be 0 to 3650");
        RaOptions.Require(DaysAfter is >= 0 and <= 3650, $"{path}.daysAfter", "must be 0 to 3650");
        RaOptions.Require(ValidityYears is >= 1 and <= 30, $"{path}.validityYears", "must be 1 to 30");
        RaOptions.Require(MaxYearsSinceIdentityProof is >= 1 and <= 100, $"{path}.maxYearsSinceIdentityProof", "must be 1 to 100");
        RaOptions.Require(RetireAfterDays is null or >= 0, $"{path}.retireAfterDays", "must not be negative");
        RaOptions.Require(RetireEncryptionAfterDays is null or >= 0, $"{path}.retireEncryptionAfterDays", "must not be negative");
        RaOptions.Require(Pki.Algorithms.AlgorithmSuite.TryParse(KeyType, out _), $"{path}.keyType", $"'{KeyType}' is not a kind of key");
    }
}
