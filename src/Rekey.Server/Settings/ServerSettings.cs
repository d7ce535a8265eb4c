using Rekey.Ca.Configuration;
using Rekey.Ca.Profiles;
using Rekey.Ra;
using Rekey.Store;

namespace Rekey.Server.Settings;

/// <summary>
/// <c>rekey.yaml</c>: what this host serves and for whom. A host has the sections of the parts that it serves and no others: RA
/// (<c>listen</c>, <c>store</c>, <c>ra</c> …), CA (<c>ca</c>, whose own settings stay in <c>ca.yaml</c>), publisher
/// (<c>publish</c>, <c>publisher</c>), key-management centre (<c>kmc</c>), and <c>inner</c>, <c>upstream</c>, <c>kmcUpstream</c>, <c>push</c> between hosts. Paths are relative to the file's directory.
/// </summary>
internal sealed record ServerSettings
{
    public required string Directory { get; init; }

    /// <summary>Addresses of the portal, the agents' and the CMP endpoints; empty on a host without the RA.</summary>
    public IReadOnlyList<Uri> Listen { get; init; } = [];

    /// <summary>Whether the RA's sections are there.</summary>
    public bool HasRa => Listen.Count > 0;

    /// <summary>PFX with the TLS certificate for https addresses; null where a proxy does TLS or the address is http on loopback.</summary>
    public string? TlsCertificate { get; init; }

    /// <summary>Address of the publisher: OCSP, CRL, CA certificates.</summary>
    public Uri Publish { get => Needed(field, "publish"); init; } = null!;

    public RaOptions Ra { get => Needed(field, "listen"); init; } = null!;

    /// <summary>The operators' console of an RA's host.</summary>
    public ConsoleSettings Console { get; init; } = ConsoleSettings.Read(null, "");

    /// <summary>The profile file, which the RA has a copy of.</summary>
    public string Profiles { get => Needed(field, "profiles"); init; } = null!;

    public StoreOptions RaStore { get => Needed(field, "store"); init; } = null!;

    /// <summary>The RA's key and certificate towards the CA.</summary>
    public RaIdentitySettings RaIdentity { get => Needed(field, "ra"); init; } = null!;

    /// <summary>Directory with <c>ca.yaml</c>; null on a host without the CA.</summary>
    public string? CaDirectory { get; init; }

    /// <summary>The CA, when it is on another host.</summary>
    public UpstreamSettings? Upstream { get; init; }

    /// <summary>The listener for other hosts.</summary>
    public InnerSettings? Inner { get; init; }

    /// <summary>Inner listeners of publishers that the CA pushes to.</summary>
    public IReadOnlyList<Uri> Push { get; init; } = [];

    /// <summary>The publisher, when it has no CA beside it.</summary>
    public PublisherSettings? Publisher { get; init; }

    /// <summary>The key-management centre; null on a host without it.</summary>
    public KmcSettings? Kmc { get; init; }

    /// <summary>The key-management centre, when it is on another host than the CA.</summary>
    public UpstreamSettings? KmcUpstream { get; init; }

    /// <summary>A setting that a part cannot do without.</summary>
    /// <exception cref="ConfigurationException">It is not there.</exception>
    public T Needed<T>(T? value, string key)
        where T : class => value ?? throw new ConfigurationException($"{Path.Combine(Directory, "rekey.yaml")}: {key}: is missing");

    /// <summary>Reads and checks the settings of a directory.</summary>
    /// <exception cref="ConfigurationException">With file, line and field.</exception>
    public static ServerSettings Load(string directory)
    {
        var file = YamlSection.Load(Path.Combine(directory, "rekey.yaml"));
        var settings = new ServerSettings
        {
            Directory = directory,
            Publish = file.OptionalText("publish") is { } publish ? Addresses.Read(file, "publish", publish) : null!,
            CaDirectory = file.OptionalText("ca") is { } ca ? Path.Combine(directory, ca) : null,
            Inner = InnerSettings.Read(file, directory),
            Push = (file.Texts("push") ?? []).Select(a => Addresses.Https(file, "push", a)).ToList(),
            Publisher = PublisherSettings.Read(file, directory),
            Kmc = KmcSettings.Read(file, directory),
            KmcUpstream = UpstreamSettings.Read(file, "kmcUpstream", directory),
        };
        settings = WithRa(settings, file);
        if (settings.CaDirectory is null && settings.Publisher is null && settings.Kmc is null && !settings.HasRa)
        {
            throw file.Wrong("listen", "is missing, and so are ca, kmc and publisher: this host would serve nothing");
        }

        file.Done();
        return settings;
    }

    private static ServerSettings WithRa(ServerSettings settings, YamlSection file)
    {
        // Asked for in any case, so that they are known keys.
        var listen = (file.Texts("listen") ?? []).Select(a => Addresses.Read(file, "listen", a)).ToList();
        var profileFile = file.OptionalText("profiles");
        var origin = file.OptionalText("publicOrigin");
        var pfx = file.OptionalText("tlsCertificate");
        var institution = Institution(file.Section("institution"));
        var cmp = Cmp(file.Section("cmp"));
        var relyingParties = RelyingParties(file.Section("relyingParties"));
        var console = ConsoleSettings.Read(file.Section("console"), settings.Directory);
        var upstream = UpstreamSettings.Read(file, "upstream", settings.Directory);
        if (listen.Count == 0)
        {
            return file.Has("store") || file.Has("ra") ? throw file.Wrong("listen", "is missing, though there are settings of an RA") : settings;
        }

        profileFile = Path.Combine(settings.Directory, profileFile ?? throw file.Wrong("profiles", "is missing"));
        var profiles = ProfileSet.Load(profileFile);
        settings = settings with
        {
            Profiles = profileFile,
            Listen = listen,
            TlsCertificate = pfx is null ? null : Path.Combine(settings.Directory, pfx),
            Upstream = upstream,
            Console = console,
            Ra = new RaOptions
            {
                Institution = institution,
                Cmp = cmp,
                RelyingParties = relyingParties,
                Console = console.Limits,
                Renewal = new RenewalOptions { Profiles = profiles.Profiles.ToDictionary(p => p.Key, p => Rule(p.Value, profiles)).WithDefault() },
                Sessions = new Ra.SessionOptions { PublicOrigin = origin is null ? null : Addresses.Read(file, "publicOrigin", origin) },
            },
            RaStore = Store(file, settings.Directory),
            RaIdentity = Identity(file, settings.Directory),
        };
        try
        {
            settings.Ra.Validate();
        }
        catch (ArgumentException e)
        {
            throw new ConfigurationException($"{settings.Directory}/rekey.yaml: {e.Message}", e);
        }

        return settings;
    }

    private static ProfileRule Rule(CertificateProfile profile, ProfileSet all) => new()
    {
        DaysBefore = profile.Window.DaysBefore,
        DaysAfter = profile.Window.DaysAfter,
        ValidityYears = profile.Years,
        MaxYearsSinceIdentityProof = profile.MaxYearsSinceIdentityProof,
        LeastStrengthBits = profile.MinimumStrengthBits,
        KeyType = profile.KeyTypes[0].Name,
        EncryptionKeyType = profile.EncryptionProfile is { } half ? all[half].KeyTypes[0].Name : null,
        RetireAtConfirmation = profile.Retire.When == RetireWhen.AtConfirm,
        RetireAfterDays = profile.Retire.When == RetireWhen.AfterFirstLogin ? null : profile.Retire.Days,
        RetireEncryptionAfterDays = profile.RetireEncryptionAfterDays,
        WhileOldKeyIsNeeded = profile.WhileOldKeyIsNeeded,
        FurtherCertificates = profile.FurtherCertificates,
        ExtendFromExpiry = profile.ExtendFrom == ExtendFrom.Expiry,
    };

    private static InstitutionOptions Institution(YamlSection? s)
    {
        var defaults = new InstitutionOptions();
        if (s is null)
        {
            return defaults;
        }

        var read = defaults with
        {
            Name = Local(s.Section("name")) ?? defaults.Name,
            Telephone = s.Text("telephone", defaults.Telephone),
            Hours = Local(s.Section("hours")) ?? defaults.Hours,
            TimeZone = s.Text("timeZone", defaults.TimeZone),
        };
        s.Done();
        return read;
    }

    private static CmpOptions Cmp(YamlSection? s)
    {
        var cmp = new CmpOptions();
        if (s is null)
        {
            return cmp;
        }

        cmp = cmp with { CheckAfter = TimeSpan.FromSeconds(s.Number("checkAfterSeconds", 1, 86_400, (int)cmp.CheckAfter.TotalSeconds)) };
        s.Done();
        return cmp;
    }

    private static RelyingPartyOptions RelyingParties(YamlSection? s)
    {
        var defaults = new RelyingPartyOptions();
        if (s is null)
        {
            return defaults;
        }

        var read = new RelyingPartyOptions
        {
            CallsPerMinute = s.Number("callsPerMinute", 1, 1_000_000, defaults.CallsPerMinute),
            MostDates = s.Number("mostDates", 1, 1_000_000, defaults.MostDates),
            MostYears = s.Number("mostYears", 1, 100, defaults.MostYears),
        };
        s.Done();
        return read;
    }

    private static LocalText? Local(YamlSection? s)
    {
        if (s is null)
        {
            return null;
        }

        var text = new LocalText { Zh = s.Text("zh"), En = s.Text("en", "") };
        s.Done();
        return text;
    }

    internal static StoreOptions Store(YamlSection file, string directory)
    {
        var s = file.Section("store") ?? throw file.Wrong("store", "is missing");
        var sqlite = s.OptionalText("sqlite");
        var postgres = s.OptionalText("postgres");
        s.Done();
        return (sqlite, postgres) switch
        {
            ({ } path, null) => StoreOptions.SqliteFile(Path.Combine(directory, path)),
            (null, { } connection) => new(StoreEngine.Postgres, connection),
            _ => throw file.Wrong("store", "names either sqlite (a file) or postgres (a connection string)"),
        };
    }

    private static RaIdentitySettings Identity(YamlSection file, string directory)
    {
        var s = file.Section("ra") ?? throw file.Wrong("ra", "is missing");
        var identity = new RaIdentitySettings(IdentityFiles.Read(s, "ra", directory), Path.Combine(directory, s.Text("caCertificate")));
        identity = s.OptionalText("auditKey") is { } audit ? identity with { AuditKey = Path.Combine(directory, audit) } : identity;
        s.Done();
        return identity;
    }
}

/// <summary>Files of the RA's identity.</summary>
/// <param name="Files">As any service's identity.</param>
/// <param name="CaCertificate">PEM of the issuing CA.</param>
internal sealed record RaIdentitySettings(IdentityFiles Files, string CaCertificate)
{
    /// <summary>
    /// Key of the RA's audit log, encrypted under the same passphrase; <c>audit.pub</c> beside it has the log's name and public key. Both are
    /// made with the CA, beside the RA's key.
    /// </summary>
    public string AuditKey { get; init; } = Path.Combine(Path.GetDirectoryName(Files.Key)!, "audit.key");
}

internal static class ProfileRules
{
    /// <summary>A certificate whose profile is not known here is judged by the ordinary rule.</summary>
    public static Dictionary<string, ProfileRule> WithDefault(this Dictionary<string, ProfileRule> rules)
    {
        rules.TryAdd("default", new ProfileRule());
        return rules;
    }
}
