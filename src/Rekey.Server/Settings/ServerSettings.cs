using Rekey.Ca.Configuration;
using Rekey.Ca.Profiles;
using Rekey.Ra;
using Rekey.Store;

namespace Rekey.Server.Settings;

/// <summary>
/// <c>rekey.yaml</c>: what this host serves and for whom. The CA's own settings stay in <c>ca.yaml</c>, which hosts without a CA do not
/// have. Paths are relative to the file's directory.
/// </summary>
internal sealed record ServerSettings
{
    public required string Directory { get; init; }

    /// <summary>Addresses of the portal, the agents' and the CMP endpoints.</summary>
    public required IReadOnlyList<Uri> Listen { get; init; }

    /// <summary>PFX with the TLS certificate for https addresses; null where a proxy does TLS or the address is http on loopback.</summary>
    public string? TlsCertificate { get; init; }

    /// <summary>Address of the publisher: OCSP, CRL, CA certificates.</summary>
    public required Uri Publish { get; init; }

    public required RaOptions Ra { get; init; }

    public required StoreOptions RaStore { get; init; }

    /// <summary>The RA's key and certificate towards the CA.</summary>
    public required RaIdentitySettings RaIdentity { get; init; }

    /// <summary>Directory with <c>ca.yaml</c>; null on a host without the CA.</summary>
    public string? CaDirectory { get; init; }

    /// <summary>Reads and checks the settings of a directory.</summary>
    /// <exception cref="ConfigurationException">With file, line and field.</exception>
    public static ServerSettings Load(string directory)
    {
        var file = YamlSection.Load(Path.Combine(directory, "rekey.yaml"));
        var listen = file.Texts("listen", required: true)!.Select(a => Address(file, "listen", a)).ToList();
        var institution = Institution(file.Section("institution"));
        var profiles = ProfileSet.Load(Path.Combine(directory, file.Text("profiles")));
        var settings = new ServerSettings
        {
            Directory = directory,
            Listen = listen,
            TlsCertificate = file.OptionalText("tlsCertificate") is { } pfx ? Path.Combine(directory, pfx) : null,
            Publish = Address(file, "publish", file.Text("publish")),
            Ra = new RaOptions
            {
                Institution = institution,
                Renewal = new RenewalOptions { Profiles = profiles.Profiles.ToDictionary(p => p.Key, p => Rule(p.Value)).WithDefault() },
                Sessions = new Ra.SessionOptions { PublicOrigin = file.OptionalText("publicOrigin") is { } o ? Address(file, "publicOrigin", o) : null },
            },
            RaStore = Store(file, directory),
            RaIdentity = Identity(file, directory),
            CaDirectory = file.OptionalText("ca") is { } ca ? Path.Combine(directory, ca) : null,
        };
        file.Done();
        try
        {
            settings.Ra.Validate();
        }
        catch (ArgumentException e)
        {
            throw new ConfigurationException($"{directory}/rekey.yaml: {e.Message}", e);
        }

        return settings;
    }

    private static ProfileRule Rule(CertificateProfile profile) => new()
    {
        DaysBefore = profile.Window.DaysBefore,
        DaysAfter = profile.Window.DaysAfter,
        ValidityYears = profile.Years,
        MaxYearsSinceIdentityProof = profile.MaxYearsSinceIdentityProof,
        LeastStrengthBits = profile.MinimumStrengthBits,
        KeyType = profile.KeyTypes[0].Name,
        RetireAtConfirmation = profile.Retire.When == RetireWhen.AtConfirm,
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

    private static StoreOptions Store(YamlSection file, string directory)
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
        var identity = new RaIdentitySettings(
            Path.Combine(directory, s.Text("certificate")),
            Path.Combine(directory, s.Text("key")),
            Path.Combine(directory, s.Text("passphraseFile")),
            Path.Combine(directory, s.Text("caCertificate")));
        s.Done();
        return identity;
    }

    private static Uri Address(YamlSection file, string key, string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.PathAndQuery == "/"
            ? uri : throw file.Wrong(key, $"\"{value}\" is not scheme, host and port");
}

/// <summary>Files of the RA's identity.</summary>
/// <param name="Certificate">PEM.</param>
/// <param name="Key">Encrypted PKCS#8, PEM.</param>
/// <param name="PassphraseFile">Its passphrase, mode 0600.</param>
/// <param name="CaCertificate">PEM of the issuing CA.</param>
internal sealed record RaIdentitySettings(string Certificate, string Key, string PassphraseFile, string CaCertificate);

internal static class ProfileRules
{
    /// <summary>A certificate whose profile is not known here is judged by the ordinary rule.</summary>
    public static Dictionary<string, ProfileRule> WithDefault(this Dictionary<string, ProfileRule> rules)
    {
        rules.TryAdd("default", new ProfileRule());
        return rules;
    }
}
