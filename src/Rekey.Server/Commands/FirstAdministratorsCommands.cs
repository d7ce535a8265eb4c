using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Authorisations;
using Rekey.Ca.Configuration;
using Rekey.Contract.Problems;
using Rekey.Pki.Certificates;
using Rekey.Ra.Authorisations;
using Rekey.Ra.Operators;
using Rekey.Ra.Store;
using Rekey.Store;
using Rekey.Store.Keys;

namespace Rekey.Server.Commands;

/// <summary>
/// <c>rekey ca first-administrators</c> gives the first two administrators their codes, each into a letter of its own;
/// <c>rekey ra first-administrators</c> lets the RA know. Then they download their certificates at the portal as everybody does.
/// </summary>
internal static class FirstAdministratorsCommands
{
    private const string FileName = "administrators.json";

    public static Command AtCa()
    {
        var directory = CommonOptions.Directory();
        var people = new Option<string[]>("--person") { Description = "STABLE-ID=NAME, twice: who administers, and who watches over it", Required = true, Arity = ArgumentArity.OneOrMore };
        var organisation = new Option<string>("--organisation") { Description = "Organisation (O) in their certificates", Required = true };
        var country = new Option<string>("--country") { Description = "Country (C), two letters", DefaultValueFactory = _ => "CN" };
        var days = new Option<int>("--days") { Description = "Days that the codes are taken", DefaultValueFactory = _ => 14 };
        var output = new Option<string>("--out") { Description = $"Directory to make for the letters and {FileName}", Required = true };
        var command = new Command("first-administrators", "Authorise the first administrators, whom nobody is there to authorise.") { directory, people, organisation, country, days, output };
        command.SetAction(async (parsed, cancel) =>
        {
            var named = parsed.GetValue(people)!.Select(Named).ToList();
            var into = Path.GetFullPath(parsed.GetValue(output)!);
            if (Directory.Exists(into) && Directory.EnumerateFileSystemEntries(into).Any())
            {
                throw new ConfigurationException($"{into}: is there already, and not empty");
            }

            await CaScope.RunAsync(parsed.GetValue(directory)!, async services =>
            {
                var letters = await services.GetRequiredService<FirstAdministrators>().GiveAsync(
                    named, parsed.GetValue(country)!, parsed.GetValue(organisation)!, Limited(parsed.GetValue(days)), CaScope.Actor, cancel);
                Directory.CreateDirectory(into);
                foreach (var letter in letters)
                {
                    KeyFile.WritePrivate(Path.Combine(into, $"{letter.Document.SubscriberId}.txt"), Text(letter));
                }

                await File.WriteAllTextAsync(Path.Combine(into, FileName), new CeremonyFile([.. letters.Select(l => new CeremonyPerson(l.Name, l.Document.Encode()))]).Write(), cancel);
            }, cancel);
            parsed.Say($"Made a letter for each in {into}. Print each alone into an envelope, delete it, and take {FileName} to the RA: rekey ra first-administrators FILE");
            return 0;
        });
        return command;
    }

    public static Command AtRa()
    {
        var directory = CommonOptions.Directory();
        var file = new Argument<string>("file") { Description = $"{FileName} of rekey ca first-administrators" };
        var command = new Command("first-administrators", "Register the first administrators and open their codes.") { directory, file };
        command.SetAction(async (parsed, cancel) =>
        {
            var ceremony = Read(parsed.GetValue(file)!);
            var settings = parsed.Settings(directory);
            await using var services = await RaScope.OpenAsync(settings, cancel);
            var (contexts, acts) = (services.GetRequiredService<IDbContextFactory<RaDbContext>>(), services.GetRequiredService<Acts<RaDbContext>>());
            var appoint = new AppointOperator(contexts, acts, new(contexts, acts, settings.Ra, TimeProvider.System), TimeProvider.System);
            try
            {
                await new TakeCeremonyAuthorisations(acts, appoint, TimeProvider.System).TakeAsync(ceremony, CaScope.Actor, cancel);
            }
            catch (Exception e) when (e is ProblemException or MalformedException)
            {
                throw new ConfigurationException($"{parsed.GetValue(file)}: {(e is ProblemException { Problem: var p } ? p.Title(CultureInfo.GetCultureInfo("en")) : e.Message)}");
            }

            parsed.Say($"{ceremony.People.Count} administrators can now download their certificates with the codes of their letters.");
            return 0;
        });
        return command;
    }

    private static (string Id, string Name) Named(string text) => text.Split('=', 2) is [{ Length: > 0 and <= 64 } id, { Length: > 0 and <= 60 } name] && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
        ? (id, name) : throw new ConfigurationException($"\"{text}\" is not STABLE-ID=NAME; the identifier has letters, digits, hyphen, underscore and full stop");

    private static int Limited(int days) => days is >= 1 and <= 90 ? days : throw new ConfigurationException("--days is 1 to 90");

    // Not in a page's resources: the CA has none, and who runs the ceremony reads both.
    private static string Text(FirstLetter letter) => $"""
        {letter.Name}

        参考号 Reference number      {letter.Document.Reference}
        授权码 Authorisation code    {letter.Code.Reveal()}

        有效至 Valid until           {letter.Document.ExpiresAt:yyyy-MM-dd HH:mm} UTC

        自助服务网站「下载用户证书」 Portal, "Download"
        """ + "\n";

    private static CeremonyFile Read(string file)
    {
        try
        {
            return CeremonyFile.Read(File.ReadAllText(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new ConfigurationException($"{file}: {e.Message}");
        }
    }
}
