using System.CommandLine;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Configuration;
using Rekey.Contract.Problems;
using Rekey.Pki.Certificates;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;
using Rekey.Ra.Subscribers.Import;
using Rekey.Store;

namespace Rekey.Server.Commands;

/// <summary><c>rekey ra subscriber import</c>, <c>template</c>, <c>export</c>, and the RA's half of <c>rekey takeover</c>.</summary>
internal static class RaImportCommands
{
    private const int SomethingWrong = 65; // EX_DATAERR

    private static readonly string[] CertificateEndings = [".cer", ".crt", ".der", ".pem"];

    public static Command Import()
    {
        var (directory, language) = (CommonOptions.Directory(), Language());
        var file = new Argument<FileInfo>("file") { Description = "XLSX or CSV with the columns of the template" }.AcceptExistingOnly();
        var preview = new Option<bool>("--preview") { Description = "Say what would be done, and write nothing" };
        var valid = new Option<bool>("--valid-rows-only") { Description = "Register the other rows while some are wrong. The same command again goes on where it was stopped" };
        var command = new Command("import", "Register subscribers from a table: all of them, or, while one row is wrong, none.") { directory, file, preview, valid, language };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var services = await RaScope.OpenAsync(parsed.Settings(directory), cancel);
            await using var table = parsed.GetValue(file)!.OpenRead();
            var import = new ImportSubscribers(services.GetRequiredService<IDbContextFactory<RaDbContext>>(), services.GetRequiredService<Acts<RaDbContext>>(), TimeProvider.System);
            var mode = parsed.GetValue(valid) ? ImportMode.ValidRowsOnly : ImportMode.AllOrNothing;
            var culture = Culture(parsed, language);
            try
            {
                return Report(parsed, parsed.GetValue(preview) ? await import.PreviewAsync(table, cancel) : await import.ImportAsync(table, mode, CaScope.Actor, cancel), parsed.GetValue(preview), culture);
            }
            catch (ProblemException e)
            {
                parsed.Complain($"{e.Problem.Code}: {e.Problem.Title(culture)} {e.Problem.Meaning(culture)} {e.Problem.Action(culture)}");
                return SomethingWrong;
            }
        });
        return command;
    }

    public static Command Template()
    {
        var (file, language) = (Output(), Language());
        var command = new Command("template", "Write an empty table for the import.") { file, language };
        command.SetAction(async (parsed, cancel) =>
        {
            var target = parsed.GetValue(file)!;
            var format = Format(target);
            await using var output = new FileStream(target.FullName, FileMode.CreateNew);
            await ExportSubscribers.WriteTemplateAsync(output, format, Culture(parsed, language), cancel);
            return 0;
        });
        return command;
    }

    public static Command Export()
    {
        var (directory, file, language) = (CommonOptions.Directory(), Output(), Language());
        var command = new Command("export", "Write all subscribers as a table that the import reads.") { directory, file, language };
        command.SetAction(async (parsed, cancel) =>
        {
            var target = parsed.GetValue(file)!;
            var format = Format(target);
            await using var services = await RaScope.OpenAsync(parsed.Settings(directory), cancel);
            await using var output = new FileStream(target.FullName, FileMode.CreateNew);
            await new ExportSubscribers(services.GetRequiredService<IDbContextFactory<RaDbContext>>()).WriteAsync(output, format, Culture(parsed, language), cancel);
            return 0;
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
                return Report(parsed, new TakeoverResult(0, 0, errors), "certificates");
            }

            var takeover = new TakeOverCertificates(services.GetRequiredService<Acts<RaDbContext>>(), settings.Ra, TimeProvider.System);
            return Report(parsed, await takeover.TakeOverAsync(ReadCertificate(parsed.GetValue(issuer)!.FullName), items, parsed.GetValue(profile)!, cancel), "certificates");
        });
        return command;
    }

    private static (IReadOnlyList<TakeoverItem> Items, IReadOnlyList<TakeoverError> Errors) ReadItems(string from)
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

    private static int Report(ParseResult parsed, TakeoverResult result, string what)
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

    private static int Report(ParseResult parsed, SubscriberImportReport report, bool preview, CultureInfo culture)
    {
        foreach (var error in report.Errors)
        {
            parsed.Complain(error.Text(culture));
        }

        if (report.Wrong > 0)
        {
            parsed.Complain($"{report.Wrong} of {report.Rows} rows are wrong{(report.Errors.Count < ImportSubscribers.MostErrors ? "." : "; these are the first errors.")}");
        }

        parsed.Say(preview
            ? $"{report.Added} subscribers would be registered, {report.Unchanged} are there already. Nothing was written."
            : report.Written ? $"{report.Added} subscribers registered, {report.Unchanged} were there already." : "Nothing was registered.");
        return report.Wrong > 0 ? SomethingWrong : 0;
    }

    private static Argument<FileInfo> Output() => new("file") { Description = "A new file; its ending, .xlsx or .csv, says of which kind" };

    private static Option<string> Language()
    {
        var language = new Option<string>("--language") { Description = "zh or en, for headings and for what is wrong", DefaultValueFactory = _ => "en" };
        language.AcceptOnlyFromAmong("zh", "en");
        return language;
    }

    private static CultureInfo Culture(ParseResult parsed, Option<string> language) => CultureInfo.GetCultureInfo(parsed.GetValue(language) == "zh" ? "zh-CN" : "en");

    private static TableFormat Format(FileInfo file) => file switch
    {
        { Exists: true } => throw new ConfigurationException($"{file.FullName} is there already"),
        { Extension: ".xlsx" } => TableFormat.Xlsx,
        { Extension: ".csv" } => TableFormat.Csv,
        _ => throw new ConfigurationException("the file's name ends with .xlsx or .csv"),
    };
}
