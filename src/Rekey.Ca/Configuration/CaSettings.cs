using Rekey.Ca.Keys;
using Rekey.Store;

namespace Rekey.Ca.Configuration;

/// <summary>A key with the certificate that says whose it is.</summary>
/// <param name="Certificate">File of the PEM certificate.</param>
/// <param name="Key">Where the key lives.</param>
public sealed record IdentitySettings(string Certificate, KeyLocation Key);

/// <summary>An issuing CA.</summary>
/// <param name="Name">Its name in profiles, addresses and logs.</param>
/// <param name="Identity">Its certificate and key.</param>
/// <param name="Ocsp">The delegated OCSP signer's.</param>
/// <param name="CrlEvery">How often a CRL is made when nothing is revoked.</param>
/// <param name="CrlValid">From thisUpdate to nextUpdate.</param>
public sealed record IssuerSettings(string Name, IdentitySettings Identity, IdentitySettings Ocsp, TimeSpan CrlEvery, TimeSpan CrlValid);

/// <summary><c>ca.yaml</c>: what <c>rekey ca init</c> writes and the CA starts from. Paths are relative to the file's directory.</summary>
public sealed record CaSettings
{
    /// <summary>The directory of the file.</summary>
    public required string Directory { get; init; }

    /// <summary>The profile file.</summary>
    public required string Profiles { get; init; }

    /// <summary>The store.</summary>
    public required StoreOptions Store { get; init; }

    /// <summary>File with the passphrase of the key files; null: asked for at start.</summary>
    public string? PassphraseFile { get; init; }

    /// <summary>Certificates that chains end in.</summary>
    public required IReadOnlyList<string> Anchors { get; init; }

    /// <summary>Issuing CAs.</summary>
    public required IReadOnlyList<IssuerSettings> Issuers { get; init; }

    /// <summary>Who answers CMP messages.</summary>
    public required IdentitySettings Cmp { get; init; }

    /// <summary>Certificate of the key-management centre, whose signed answers alone count; null without one.</summary>
    public string? KmcCertificate { get; init; }

    /// <summary>File of the audit log's Ed25519 key.</summary>
    public required string AuditKey { get; init; }

    /// <summary>Name of the audit log to the world, for example <c>pki.example/audit/ca</c>.</summary>
    public required string AuditOrigin { get; init; }

    /// <summary>Certificates of the RAs that may send nested requests.</summary>
    public required IReadOnlyList<string> RegistrationAuthorities { get; init; }

    /// <summary>The file of a root's CRL, which the ceremony and later visits to the safe write.</summary>
    /// <param name="root">Name of the root: that of its certificate's file among <see cref="Anchors"/>, without its ending.</param>
    public string RootCrl(string root) => Path.Combine(Directory, "crl", $"{root}.crl");

    /// <summary>Reads and checks a directory's <c>ca.yaml</c>.</summary>
    /// <exception cref="ConfigurationException">With file, line and field.</exception>
    public static CaSettings Load(string directory)
    {
        var file = YamlSection.Load(Path.Combine(directory, "ca.yaml"));
        var audit = Required(file, "audit");
        var settings = new CaSettings
        {
            AuditKey = Path.Combine(directory, audit.Text("key")),
            AuditOrigin = audit.Text("origin"),
            Directory = directory,
            Profiles = Path.Combine(directory, file.Text("profiles")),
            Store = ReadStore(file, directory),
            PassphraseFile = file.OptionalText("passphraseFile") is { } p ? Path.Combine(directory, p) : null,
            Anchors = file.Texts("anchors", required: true)!.Select(a => Path.Combine(directory, a)).ToList(),
            Issuers = ReadIssuers(file, directory),
            Cmp = ReadIdentity(Required(file, "cmp"), directory),
            KmcCertificate = file.OptionalText("kmcCertificate") is { } kmc ? Path.Combine(directory, kmc) : null,
            RegistrationAuthorities = (file.Texts("registrationAuthorities") ?? []).Select(a => Path.Combine(directory, a)).ToList(),
        };
        audit.Done();
        file.Done();
        return settings;
    }

    private static StoreOptions ReadStore(YamlSection file, string directory)
    {
        var store = Required(file, "store");
        var sqlite = store.OptionalText("sqlite");
        var postgres = store.OptionalText("postgres");
        store.Done();
        return (sqlite, postgres) switch
        {
            ({ } path, null) => StoreOptions.SqliteFile(Path.Combine(directory, path)),
            (null, { } connection) => new(StoreEngine.Postgres, connection),
            _ => throw file.Wrong("store", "names either sqlite (a file) or postgres (a connection string)"),
        };
    }

    private static List<IssuerSettings> ReadIssuers(YamlSection file, string directory)
    {
        var list = Required(file, "issuers");
        var issuers = new List<IssuerSettings>();
        foreach (var name in list.Keys)
        {
            var s = list.Section(name)!;
            var identity = new IdentitySettings(Path.Combine(directory, s.Text("certificate")), KeyLocation.Read(Required(s, "key"), directory));
            var ocsp = ReadIdentity(Required(s, "ocsp"), directory);
            var every = s.Number("crlEveryHours", 1, 24 * 31, 12);
            var valid = s.Number("crlValidHours", 2, 24 * 366, 48);
            if (valid <= every)
            {
                throw s.Wrong("crlValidHours", $"{valid} is not more than crlEveryHours ({every}): between two CRLs there would be none");
            }

            s.Done();
            issuers.Add(new(name, identity, ocsp, TimeSpan.FromHours(every), TimeSpan.FromHours(valid)));
        }

        list.Done();
        return issuers.Count > 0 ? issuers : throw file.Wrong("issuers", "has no issuer");
    }

    private static IdentitySettings ReadIdentity(YamlSection s, string directory)
    {
        var identity = new IdentitySettings(Path.Combine(directory, s.Text("certificate")), KeyLocation.Read(Required(s, "key"), directory));
        s.Done();
        return identity;
    }

    private static YamlSection Required(YamlSection file, string key) => file.Section(key) ?? throw file.Wrong(key, "is missing");
}
