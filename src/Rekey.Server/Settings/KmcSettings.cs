using Rekey.Ca.Configuration;
using Rekey.Ca.Keys;
using Rekey.Kmc.EncryptionKeys;
using Rekey.Kmc.Pool;
using Rekey.Store;
using Rekey.Tokens.Hsm;

namespace Rekey.Server.Settings;

/// <summary>The key-management centre: section <c>kmc:</c> of <c>rekey.yaml</c>.</summary>
internal sealed record KmcSettings
{
    /// <summary>Its store.</summary>
    public required StoreOptions Store { get; init; }

    /// <summary>Its CMP certificate with the CA certificates above it, its key, and the passphrase of this, the master and the audit key.</summary>
    public required IdentityFiles Files { get; init; }

    /// <summary>Directory with the files of the master.</summary>
    public required string Master { get; init; }

    /// <summary>The HSM that the master's files need; null: they need the passphrase alone.</summary>
    public HsmSettings? Hsm { get; init; }

    /// <summary>Key of the audit log; <c>audit.pub</c> beside it has the log's name and public key.</summary>
    public required string AuditKey { get; init; }

    /// <summary>The CA's CMP certificate.</summary>
    public required string Ca { get; init; }

    /// <summary>More CA certificates that chains may end in or lead over, beside those above <see cref="Files"/>.</summary>
    public IReadOnlyList<string> Trust { get; init; } = [];

    /// <summary>TLS certificates of the CA's hosts, which alone may connect.</summary>
    public IReadOnlyList<string> Clients { get; init; } = [];

    /// <summary>The pool.</summary>
    public required PoolOptions Pool { get; init; }

    /// <summary>Certificates of the officers.</summary>
    public IReadOnlyList<string> Officers { get; init; } = [];

    /// <summary>Certificates of the custodians.</summary>
    public IReadOnlyList<string> Custodians { get; init; } = [];

    /// <summary>How many custodians must act together.</summary>
    public int Threshold { get; init; }

    public static KmcSettings? Read(YamlSection file, string directory)
    {
        if (file.Section("kmc") is not { } s)
        {
            return null;
        }

        IReadOnlyList<string> Files(YamlSection section, string key) => (section.Texts(key) ?? []).Select(f => Path.Combine(directory, f)).ToList();
        var files = IdentityFiles.Read(s, "kmc", directory);
        var beside = Path.GetDirectoryName(files.Key)!;
        var recovery = s.Section("recovery");
        var settings = new KmcSettings
        {
            Store = ServerSettings.Store(s, directory),
            Files = files,
            Master = Path.Combine(directory, s.Text("master", beside)),
            Hsm = s.Section("pkcs11") is { } pkcs11 ? KeyLocation.ReadHsm(pkcs11, directory) : null,
            AuditKey = Path.Combine(directory, s.Text("auditKey", Path.Combine(beside, "audit.key"))),
            Ca = Path.Combine(directory, s.Text("ca")),
            Trust = Files(s, "trust"),
            Clients = Files(s, "clients"),
            Pool = ReadPool(s),
            Officers = recovery is null ? [] : Files(recovery, "officers"),
            Custodians = recovery is null ? [] : Files(recovery, "custodians"),
            Threshold = recovery?.Number("threshold", 2, 255, 3) ?? 3,
        };
        recovery?.Done();
        s.Done();
        return settings.Custodians.Count == 0 || settings.Custodians.Count >= settings.Threshold
            ? settings : throw recovery!.Wrong("threshold", $"{settings.Threshold} is more than there are custodians ({settings.Custodians.Count})");
    }

    private static PoolOptions ReadPool(YamlSection kmc)
    {
        var pool = new PoolOptions();
        if (kmc.Section("pool") is not { } s)
        {
            return pool;
        }

        pool = pool with { CpuPercent = s.Number("cpuPercent", 1, 100, pool.CpuPercent) };
        var spare = KeyMaker.Kinds.Where(k => s.Has(k.Name)).ToDictionary(k => k.Name, k => s.Number(k.Name, 0, PoolOptions.MostSpare));
        s.Done();
        return spare.Count > 0 ? pool with { Spare = spare } : pool;
    }
}
