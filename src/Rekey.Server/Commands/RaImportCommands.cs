using System.CommandLine;
using Rekey.Pki.Certificates;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;
using Rekey.Store;

namespace Rekey.Server.Commands;

/// <summary><c>rekey ra subscriber import</c> and the RA's half of <c>rekey takeover</c>.</summary>
internal static class RaImportCommands
{
    private const int SomethingWrong = 65; // EX_DATAERR

    private static readonly string[] CertificateEndings = [".cer", ".crt", ".der", ".pem"];

    public static Command Import()
    {
        var directory = CommonOptions.Directory();
        var file = new Argument<FileInfo>("file") { Description = "CSV with the columns id, name; kind, subject, contact, phone, email, identityProved" }.AcceptExistingOnly();
        var command = new Command("import", "Register subscribers from a table: all of them, or, while one row is wrong, none.") { directory, file };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var services = await RaScope.OpenAsync(parsed.Settings(directory), cancel);
            using var text = parsed.GetValue(file)!.OpenText();
            var import = new ImportSubscribers(services.GetRequiredService<Acts<RaDbContext>>(), TimeProvider.System);
            return Report(parsed, await import.ImportAsync(text, cancel), "subscribers");
        });
        return command;
    }

    public static Command Takeover()
    {
        var directory = CommonOptions.Directory();
        var issuer = new Option<FileInfo>("--issuer") { Description = "Certificate of the CA that is taken over, DER or PEM", Required = true };
        var profile = new Option<string>("--profile") { Description = "Profile that the certificates are renewed by", Required = true };
        var from = new Argument<string>("from") { Description = "Folder with certificates, or CSV list with the columns certificate (a file) and id (the holder's stable identifier)" };
        var command = new Command("takeover", "Register the certificates of another CA, so that their holders can renew them here.")
        {
            directory, issuer, profile, from, TakeoverIssuerCommand.Create(),
        };
        command.SetAction(async (parsed, cancel) =>
        {
            var settings = parsed.Settings(directory);
            await using var services = await RaScope.OpenAsync(settings, cancel);
            var (items, errors) = ReadItems(parsed.GetValue(from)!);
            if (errors.Count > 0)
            {
                return Report(parsed, new ImportResult(0, 0, errors), "certificates");
            }

            var takeover = new TakeOverCertificates(services.GetRequiredService<Acts<RaDbContext>>(), settings.Ra, TimeProvider.System);
            return Report(parsed, await takeover.TakeOverAsync(ReadCertificate(parsed.GetValue(issuer)!.FullName), items, parsed.GetValue(profile)!, cancel), "certificates");
        });
        return command;
    }

    private static (IReadOnlyList<TakeoverItem> Items, IReadOnlyList<ImportError> Errors) ReadItems(string from)
    {
        if (Directory.Exists(from))
        {
            var files = Directory.EnumerateFiles(from).Where(f => CertificateEndings.Contains(Path.GetExtension(f).ToLowerInvariant())).Order();
            return ([.. files.Select(f => new TakeoverItem(Path.GetFileName(f), ReadCertificate(f)))], []);
        }

        using var text = File.OpenText(from);
        var folder = Path.GetDirectoryName(Path.GetFullPath(from))!;
        return TakeoverList.Read(text, name => Path.Combine(folder, name) is var path && File.Exists(path) ? ReadCertificate(path) : null);
    }

    // What is no certificate is reported by the takeover itself, with the others.
    private static byte[] ReadCertificate(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var text = System.Text.Encoding.Latin1.GetString(bytes);
        return text.Contains("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal) && Certificate.FromPem(text) is [var first, ..] ? first.Encoded.ToArray() : bytes;
    }

    private static int Report(ParseResult parsed, ImportResult result, string what)
    {
        foreach (var error in result.Errors)
        {
            parsed.Complain($"{error.Row}: {error.Reason}");
        }

        if (result.Errors.Count > 0)
        {
            parsed.Complain($"{result.Errors.Count} errors; nothing was registered.");
            return SomethingWrong;
        }

        parsed.Say($"{result.Added} {what} registered, {result.Unchanged} were there already.");
        return 0;
    }
}
