using System.CommandLine;
using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Ceremony;
using Rekey.Ca.Configuration;
using Rekey.Ca.Revocation;
using Rekey.Ca.Store;
using Rekey.Store.Keys;

namespace Rekey.Server.Commands;

/// <summary><c>rekey ca service-certificate</c> and <c>rekey ca revoke</c>.</summary>
internal static class CaServiceCommands
{
    public static Option<string> Directory() =>
        new("--dir") { Description = "Directory with ca.yaml, or with a rekey.yaml that names it", DefaultValueFactory = _ => "/etc/rekey" };

    public static Command ServiceCertificate()
    {
        var directory = Directory();
        var role = new Option<string>("--role") { Description = "tls: inner listener of a host; kmc: key-management centre; ra, cmp, ocsp: the next certificate of that service", Required = true };
        role.AcceptOnlyFromAmong([.. ServiceRole.All.Select(r => r.Name)]);
        var name = new Option<string>("--name") { Description = "Name of the two files, NAME.pem and NAME.key", Required = true };
        var host = new Option<string[]>("--host") { Description = "With tls: name or address of the host; can be given several times", AllowMultipleArgumentsPerToken = true };
        var target = new Option<string>("--out") { Description = "Directory for the files", Required = true };
        var years = new Option<int>("--years") { Description = "Validity in calendar years", DefaultValueFactory = _ => 2 };
        var passphrase = new Option<string?>("--passphrase-file") { Description = "File (mode 0600) with the passphrase for the key; without it the CA's own" };
        var command = new Command("service-certificate", "Make key and certificate of a service.") { directory, role, name, host, target, years, passphrase };
        command.SetAction(async (parsed, cancel) =>
        {
            var dir = parsed.GetValue(directory)!;
            var file = parsed.GetValue(passphrase) ?? CaScope.Settings(dir).PassphraseFile ?? throw new ConfigurationException("--passphrase-file is missing");
            var order = new ServiceCertificateOrder(
                parsed.GetValue(role)!, parsed.GetValue(name)!, Path.GetFullPath(parsed.GetValue(target)!), KeyFile.ReadPassphrase(file))
            {
                Hosts = parsed.GetValue(host) ?? [],
                Years = parsed.GetValue(years),
            };
            await CaScope.RunAsync(dir, async services =>
            {
                var certificate = await services.GetRequiredService<IssueServiceCertificate>().RunAsync(order, CaScope.Actor, cancel);
                parsed.Say($"{certificate.Subject}\nserial {certificate.SerialHex}, until {certificate.NotAfter:yyyy-MM-dd}");
                parsed.Say(order.Role == "ra"
                    ? "Add it to registrationAuthorities in ca.yaml, restart the CA, then give the files to the RA's host and restart that."
                    : "Name the two files in the configuration and restart.");
            }, cancel);
            return 0;
        });
        return command;
    }

    public static Command Revoke()
    {
        var directory = Directory();
        var serial = new Option<string>("--serial") { Description = "Serial number, hex", Required = true };
        var reason = new Option<RevocationReason>("--reason") { Description = "Why", Required = true };
        var command = new Command("revoke", "Revoke a certificate and all that belong to it by renewal.") { directory, serial, reason };
        command.SetAction(async (parsed, cancel) =>
        {
            var hex = parsed.GetValue(serial)!.ToUpperInvariant();
            await CaScope.RunAsync(parsed.GetValue(directory)!, async services =>
            {
                await using var db = await services.GetRequiredService<IDbContextFactory<CaDbContext>>().CreateDbContextAsync(cancel);
                var found = await db.Certificates.Where(c => c.SerialHex == hex).Select(c => c.Sha256).ToListAsync(cancel);
                if (found is not [var sha256])
                {
                    throw new ConfigurationException(found.Count == 0 ? $"no certificate has the serial number {hex}" : $"{found.Count} certificates have the serial number {hex}");
                }

                var changed = await services.GetRequiredService<ChangeStatus>().RunAsync(
                    new(sha256, StatusAction.Revoke, CaScope.Actor) { Reason = parsed.GetValue(reason) }, cancel);
                parsed.Say($"{changed.Count} certificates revoked; the running CA publishes it.");
            }, cancel);
            return 0;
        });
        return command;
    }
}
