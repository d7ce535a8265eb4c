using System.Diagnostics;
using Rekey.Testing.Tokens;

namespace Rekey.Demo;

/// <summary>Serves the demonstration to a person until it is stopped.</summary>
internal static class InteractiveDemo
{
    public static async Task<int> RunAsync(DemoOptions options, CancellationToken cancel)
    {
        Console.WriteLine("Making a demonstration institution in .demo …");
        await using var site = await DemoSite.StartAsync(options, cancel);
        SchemeHandler.Register(null);
        var address = new Uri(options.Portal, "/CaUpdate/");
        Console.WriteLine($"""

            Portal:  {address}
            PIN:     {SoftHsm.Pin}
            Keys:    {site.Institution.Plan.Tokens.Count} software tokens (SoftHSM2), with certificates in each state, and a software UKey (SKF) with an SM2 pair
            Handler: rekey:// starts {Path.GetRelativePath(".", DemoSite.Agent)} (removed by ./dev demo --clean)

            Stop with Ctrl+C.
            """);
        if (Environment.GetEnvironmentVariable("DISPLAY") is not null || Environment.GetEnvironmentVariable("WAYLAND_DISPLAY") is not null)
        {
            Process.Start(new ProcessStartInfo("xdg-open", [address.ToString()]))?.Dispose();
        }

        try
        {
            await site.EndedAsync(cancel);
            Console.Error.WriteLine("The server ended; see .demo/server.log");
            return 1;
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
    }
}
