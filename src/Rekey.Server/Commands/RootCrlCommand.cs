using System.CommandLine;
using Rekey.Ca.Ceremony;
using Rekey.Ca.Configuration;
using Rekey.Ca.Revocation;
using Rekey.Server.Settings;

namespace Rekey.Server.Commands;

/// <summary><c>rekey ca root-crl</c>.</summary>
internal static class RootCrlCommand
{
    private const int MostDays = 3650;

    public static Command Create()
    {
        var directory = CaServiceCommands.Directory();
        var key = new Option<string?>("--root-key") { Description = "The root's key file, for example on the medium from the safe; without it root/root.key beside ca.yaml" };
        var passphrase = new Option<string?>("--root-passphrase-file") { Description = "File (mode 0600) with the passphrase of the root's key; without it the passphrase is asked for" };
        var days = new Option<int>("--days") { Description = "Days until the CRL after it is due", DefaultValueFactory = _ => RootCrlOrder.DefaultDays };
        var serial = new Option<string?>("--revoke") { Description = "Serial number, hex, of an issuing CA that it shall revoke" };
        var reason = new Option<RevocationReason?>("--reason") { Description = "With --revoke: why" };
        var command = new Command("root-crl", "Make the next CRL of the root. The service may be running and publishes it at once.") { directory, key, passphrase, days, serial, reason };
        command.SetAction(async (parsed, cancel) =>
        {
            var dir = parsed.GetValue(directory)!;
            var file = parsed.GetValue(key) ?? Path.Combine(CaScope.Settings(dir).Directory, "root", "root.key");
            var revoke = Revocation(parsed.GetValue(serial), parsed.GetValue(reason));
            if (parsed.GetValue(days) is < 1 or > MostDays)
            {
                throw new ConfigurationException($"--days is 1 to {MostDays}");
            }

            var order = new RootCrlOrder(file, new Passphrase(parsed.GetValue(passphrase), $"root key {file}", "--root-passphrase-file is missing").Read())
            {
                Days = parsed.GetValue(days),
                Revoke = revoke,
            };
            await CaScope.RunAsync(dir, async services =>
            {
                var (target, crl) = await services.GetRequiredService<IssueRootCrl>().RunAsync(order, CaScope.Actor, cancel);
                parsed.Say($"{target}\nnumber {crl.Number}, {crl.Entries.Count} revoked, next one before {crl.NextUpdate:yyyy-MM-dd}. Bring the root's key back to the safe.");
                if (revoke is not null)
                {
                    parsed.Say("What the revoked CA issued is refused from now on; take it out of ca.yaml and profiles.yaml and restart, else it goes on issuing.");
                }
            }, cancel);
            return 0;
        });
        return command;
    }

    private static CaRevocation? Revocation(string? serial, RevocationReason? reason) => (serial, reason) switch
    {
        (null, null) => null,
        ({ } hex, { } why) => new(hex.ToUpperInvariant(), why),
        _ => throw new ConfigurationException("--revoke and --reason go together"),
    };
}
