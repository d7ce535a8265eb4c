using System.CommandLine;
using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Configuration;
using Rekey.Kmc.Ceremony;
using Rekey.Kmc.Status;
using Rekey.Kmc.Store;
using Rekey.Server.Serving;
using Rekey.Store;
using Rekey.Store.Keys;

namespace Rekey.Server.Commands;

/// <summary><c>rekey kmc</c>: <c>init</c>, <c>status</c> and <c>keys</c> here.</summary>
internal static class KmcCommands
{
    public static Command Create() => new("kmc", "The key-management centre.")
    {
        Init(), Status(), Keys(), KmcRecoveryCommands.Create(), KmcMasterCommands.Rotate(), KmcMasterCommands.Split(), KmcMasterCommands.OpenShare(),
        KmcMasterCommands.RestoreKey(), KmcMasterCommands.Restore(),
    };

    private static Command Init()
    {
        var directory = new Option<string>("--dir") { Description = "Directory to make for the centre's keys; must not exist, or be empty", Required = true };
        var origin = new Option<string>("--origin") { Description = "Name of the audit log to the world, for example pki.example/audit/kmc", Required = true };
        var passphrase = new Option<string>("--passphrase-file") { Description = "File (mode 0600) with the passphrase of the keys", Required = true };
        var keep = new Option<bool>("--keep-passphrase") { Description = "Leave the passphrase beside the keys, for hosts where nobody types it" };
        var hsm = new HsmOptions("the master's key is made");
        var init = new Command("init", "Make the keys of a new key-management centre: master and audit key.") { directory, origin, passphrase, keep };
        hsm.AddTo(init);
        init.SetAction(parsed =>
        {
            var dir = parsed.GetValue(directory)!;
            var secret = KeyFile.ReadPassphrase(parsed.GetValue(passphrase)!);
            if (secret.Length < 12)
            {
                throw new ConfigurationException($"{parsed.GetValue(passphrase)}: a passphrase has at least 12 characters");
            }

            var audit = InitialiseKmc.Run(new(dir, parsed.GetValue(origin)!, secret)
            {
                KeepPassphrase = parsed.GetValue(keep),
                Safe = hsm.Read(parsed) is { } kept ? d => KmcParts.InHsm(d, kept) : null,
            });
            parsed.Say($"""
                Made the keys of a key-management centre in {dir}; its audit log is {audit}.
                Now, on the CA's host, its certificate: rekey ca service-certificate --role kmc --name kmc --out {dir} --passphrase-file …
                Then the section kmc: in rekey.yaml, kmcCertificate: in ca.yaml, rekey migrate, and a split backup of the master: rekey kmc split-master
                """);
            return 0;
        });
        return init;
    }

    private static Command Keys()
    {
        var directory = CommonOptions.Directory();
        var subscriber = new Option<string>("--subscriber") { Description = "Stable identifier", Required = true };
        var command = new Command("keys", "List a subscriber's encryption keys, for an order of recovery.") { directory, subscriber };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var services = Store(parsed, directory);
            await using var db = await services.GetRequiredService<IDbContextFactory<KmcDbContext>>().CreateDbContextAsync(cancel);
            var id = parsed.GetValue(subscriber);
            foreach (var k in await db.Keys.AsNoTracking().Where(k => k.SubscriberId == id).OrderBy(k => k.Id).ToListAsync(cancel))
            {
                parsed.Say($"{k.KeyId:N}  {k.Kind,-9} {k.State,-9} since {k.TakenAt:yyyy-MM-dd}");
            }

            return 0;
        });
        return command;
    }

    private static ServiceProvider Store(ParseResult parsed, Option<string> directory)
    {
        var settings = parsed.Settings(directory);
        return new ServiceCollection().AddAuthorityStore<KmcDbContext, KmcSqliteDbContext, KmcPostgresDbContext>(settings.Needed(settings.Kmc, "kmc").Store).BuildServiceProvider();
    }

    private static Command Status()
    {
        var directory = CommonOptions.Directory();
        var command = new Command("status", "Count the keys: spare, in use, history; and the versions of the master.") { directory };
        command.SetAction(async (parsed, cancel) =>
        {
            var settings = parsed.Settings(directory);
            var kmc = settings.Needed(settings.Kmc, "kmc");
            await using var services = Store(parsed, directory);
            await using var db = await services.GetRequiredService<IDbContextFactory<KmcDbContext>>().CreateDbContextAsync(cancel);
            await Rekey.Store.Schema.StoreSchema.DemandCurrentAsync(db, cancel);
            parsed.Say($"{"kind",-10}{"spare",10}{"wanted",10}{"in use",10}{"history",10}{"destroyed",11}");
            var counts = await ReadStatus.KeysAsync(db, cancel);
            foreach (var k in counts.Concat(kmc.Pool.Spare.Keys.Except(counts.Select(c => c.Kind)).Select(kind => new KeyCount(kind, 0, 0, 0, 0))))
            {
                parsed.Say($"{k.Kind,-10}{k.Spare,10}{kmc.Pool.Spare.GetValueOrDefault(k.Kind),10}{k.InUse,10}{k.History,10}{k.Destroyed,11}");
            }

            foreach (var m in await ReadStatus.MastersAsync(db, cancel))
            {
                parsed.Say($"master {m.Version}: {m.Keys} keys, since {m.Since:yyyy-MM-dd}{(m.RetiredAt is { } at ? $", not needed since {at:yyyy-MM-dd}" : "")}");
            }

            return 0;
        });
        return command;
    }
}
