using System.CommandLine;
using Rekey.Ca.Configuration;
using Rekey.Ca.Takeover;
using Rekey.Server.Serving;

namespace Rekey.Server.Commands;

/// <summary>The CA's half of a takeover: <c>rekey takeover issuer add</c>.</summary>
internal static class TakeoverIssuerCommand
{
    public static Command Create()
    {
        var directory = CaServiceCommands.Directory();
        var name = new Option<string>("--name") { Description = "Name of the CA in logs", Required = true };
        var certificate = new Option<FileInfo>("--certificate") { Description = "Its certificate, PEM or DER", Required = true };
        var crl = new Option<string?>("--crl") { Description = "Where its CRL is: a file or an http address, looked at every ten minutes" };
        var maxAge = new Option<int?>("--max-age-hours") { Description = "How old that CRL may get; without it until its own nextUpdate" };
        var final = new Option<FileInfo?>("--final-crl") { Description = "Instead of --crl: the last CRL of a CA that has stopped, signed by it" };
        var add = new Command("add", "Register a CA whose certificates can then be renewed here, with the source of their status. Again: changes the source.")
        {
            directory, name, certificate, crl, maxAge, final,
        };
        add.SetAction(async (parsed, cancel) =>
        {
            var source = parsed.GetValue(crl);
            var issuer = new ForeignIssuer(parsed.GetValue(name)!, Parts.Read(parsed.GetValue(certificate)!.FullName), CaScope.Actor)
            {
                // Stored, and read again by a service with another working directory.
                CrlSource = source is null || source.StartsWith("http://", StringComparison.Ordinal) || source.StartsWith("https://", StringComparison.Ordinal) ? source : Path.GetFullPath(source),
                CrlMaxAgeHours = parsed.GetValue(maxAge),
                FinalCrl = parsed.GetValue(final) is { } file ? await ReadCrlAsync(file, cancel) : null,
            };
            await CaScope.RunAsync(parsed.GetValue(directory)!, services => services.GetRequiredService<RegisterForeignIssuer>().RunAsync(issuer, cancel), cancel);
            parsed.Say($"{issuer.Certificate.Subject} is taken over. Now register its certificates at the RA: rekey takeover --issuer …");
            return 0;
        });
        return new Command("issuer", "At the CA: the other CA itself.") { add };
    }

    private static async Task<byte[]> ReadCrlAsync(FileInfo file, CancellationToken cancel)
    {
        try
        {
            return await File.ReadAllBytesAsync(file.FullName, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{file.FullName}: {e.Message}", e);
        }
    }
}
