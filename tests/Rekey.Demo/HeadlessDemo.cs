using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Rekey.Pki.Certificates;
using Rekey.Testing.Institutions;

namespace Rekey.Demo;

/// <summary>A whole renewal without a person, and its report.</summary>
internal static class HeadlessDemo
{
    private static readonly string ReportDirectory = Path.Combine(DemoOptions.Directory, "report");

    public static async Task<int> RunAsync(DemoOptions options, CancellationToken cancel)
    {
        await using var display = await VirtualDisplay.EnsureAsync();
        Console.WriteLine("Making a demonstration institution in .demo …");
        await using var site = await DemoSite.StartAsync(options, cancel);
        var home = Path.Combine(DemoOptions.Directory, "home");
        if (Directory.Exists(home))
        {
            Directory.Delete(home, recursive: true);
        }

        SchemeHandler.Register(home);
        var holder = (options.RenewPair ? site.Institution.Plan.UKeys : site.Institution.Plan.Tokens)[0].Holder;
        var renewal = new HeadlessRenewal(options, home, ReportDirectory);
        string? failure = null;
        List<(string, string)> certificates = [];
        try
        {
            var pem = await renewal.RenewAsync(holder);
            var renewed = Certificate.FromPem(pem)[0];
            certificates = [("Old certificate", Describe(Old(site.Institution, renewed))), ("New certificate", Describe(renewed))];
            foreach (var (name, text) in certificates)
            {
                Console.WriteLine($"\n{name}\n{text}");
            }
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException or Microsoft.Playwright.PlaywrightException)
        {
            failure = e.ToString();
            Console.Error.WriteLine(failure);
        }

        var timeline = Timeline(site.Institution);
        await Report.WriteAsync(ReportDirectory, renewal.Steps, timeline, certificates, failure);
        foreach (var (name, ms) in timeline)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ms,8:0} ms  {name}"));
        }

        await File.WriteAllTextAsync(
            Path.Combine(ReportDirectory, "timeline.json"),
            JsonSerializer.Serialize(new { clickToDoneMs = failure is null ? renewal.ClickToDone?.TotalMilliseconds : null, events = timeline.Select(t => new { name = t.Item1, ms = t.Item2 }) }),
            cancel);
        Console.WriteLine($"\nReport: {Path.GetRelativePath(".", Path.Combine(ReportDirectory, "index.html"))}");
        return failure is null ? 0 : 1;
    }

    private static Certificate Old(Institution institution, Certificate renewed)
    {
        using var db = Open(institution, Path.Combine("ca", "ca.db"));
        using var command = db.CreateCommand();
        command.CommandText = "select o.der from certificates n join certificates o on o.id = n.renewed_from_id where n.sha256 = $sha and n.state = 'Confirmed'";
        command.Parameters.AddWithValue("$sha", renewed.Sha256);
        return Certificate.FromDer(command.ExecuteScalar() as byte[] ?? throw new InvalidOperationException("the CA has no confirmed certificate like this"));
    }

    // What the session recorded, from the moment the agent attached.
    private static List<(string, double)> Timeline(Institution institution)
    {
        using var db = Open(institution, "ra.db");
        using var command = db.CreateCommand();
        command.CommandText = "select json, at from session_events order by session_id, seq";
        using var reader = command.ExecuteReader();
        List<(string, double)> rows = [];
        long? first = null;
        while (reader.Read())
        {
            var json = JsonDocument.Parse(reader.GetString(0)).RootElement;
            var at = reader.GetInt64(1);
            first ??= at;
            var step = json.TryGetProperty("step", out var s) ? $" {s}" : "";
            rows.Add(($"{json.GetProperty("type")}{step}", (at - first.Value) / 1000.0));
        }

        return rows;
    }

    private static SqliteConnection Open(Institution institution, string file)
    {
        var db = new SqliteConnection($"Data Source={Path.Combine(institution.Directory, file)};Mode=ReadOnly");
        db.Open();
        return db;
    }

    private static string Describe(Certificate c) =>
        $"  subject    {c.Subject}\n  issuer     {c.Issuer}\n  serial     {c.SerialHex}\n  valid      {c.NotBefore:yyyy-MM-dd HH:mm:ss}Z to {c.NotAfter:yyyy-MM-dd HH:mm:ss}Z\n  key        {c.PublicKey.Suite}\n  SHA-256    {Convert.ToHexStringLower(c.Sha256)}";
}
