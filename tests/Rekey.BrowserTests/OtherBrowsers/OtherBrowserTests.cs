using System.Diagnostics;
using Rekey.Contract.Bridge;
using Rekey.Testing.Portal;

namespace Rekey.BrowserTests.OtherBrowsers;

/// <summary>A whole renewal in the browsers that the pages promise to work in and that the other tests do not drive: the real ones.</summary>
public sealed class OtherBrowserTests
{
    private static readonly SemaphoreSlim Installing = new(1, 1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("chromium86", "HeadlessChrome/86.")]
    [InlineData("firefox", "firefox/")]
    public async Task A_renewal_goes_through_in(string browser, string version)
    {
        var folder = await InstallAsync();
        await using var portal = await PortalHost.StartAsync();
        var certificate = portal.Pki.Issue("云泽市第一人民医院", DemoPki.Day("2022-01-01"), DemoPki.Day("2026-12-26"));
        await portal.RegisterAsync(certificate);

        using var process = Start("node", Path.Combine(Here(), "smoke.js"), browser, folder, portal.Address);
        try
        {
            await RenewAsync(process, version, portal, certificate).WaitAsync(TimeSpan.FromMinutes(3), Cancel);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    private static async Task RenewAsync(Process browser, string version, PortalHost portal, byte[] certificate)
    {
        var complaints = browser.StandardError.ReadToEndAsync(Cancel);
        Assert.StartsWith($"VERSION {version}", await browser.StandardOutput.ReadLineAsync(Cancel) + await ComplaintsIfEndedAsync(browser, complaints), StringComparison.Ordinal);
        var launch = await browser.StandardOutput.ReadLineAsync(Cancel) ?? await complaints;
        using var agent = await FakeAgent.AttachAsync(launch["LAUNCH ".Length..]);
        await agent.ListAsync(certificate);
        await agent.PassPreflightAsync();
        var renewalId = Convert.FromHexString((await agent.CommandAsync<RenewCommand>()).RenewalId);
        await agent.StepAsync(AgentStep.KeyGenerating);
        await agent.StepAsync(AgentStep.KeyReady);
        await portal.Outcome.IssuedAsync(renewalId, [portal.Pki.Issue("云泽市第一人民医院", DemoPki.Day("2026-11-24"), DemoPki.Day("2031-12-26"))], Cancel);
        await Task.Delay(TimeSpan.FromSeconds(1), Cancel); // a moment for the page to show that it works
        await agent.StepAsync(AgentStep.Verified);
        await portal.Outcome.ConfirmedAsync(renewalId, Cancel);
        await agent.StepAsync(AgentStep.Retired);

        Assert.Equal("DONE rgb(27, 74, 148) 更新好了，可以登录业务系统了", await browser.StandardOutput.ReadLineAsync(Cancel));
        await browser.WaitForExitAsync(Cancel);
        Assert.True(browser.ExitCode == 0, await complaints);
    }

    // Kept beside the build results, so that only the first run fetches it.
    private static async Task<string> InstallAsync()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "other-browsers");
        await Installing.WaitAsync(Cancel);
        try
        {
            if (!Directory.Exists(Path.Combine(folder, "node_modules", "puppeteer-core-today")))
            {
                Directory.CreateDirectory(folder);
                File.Copy(Path.Combine(Here(), "package.json"), Path.Combine(folder, "package.json"), overwrite: true);
                using var npm = Start("npm", "install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund");
                var output = await npm.StandardOutput.ReadToEndAsync(Cancel) + await npm.StandardError.ReadToEndAsync(Cancel);
                await npm.WaitForExitAsync(Cancel);
                Assert.True(npm.ExitCode == 0, output);
            }

            return folder;
        }
        finally
        {
            Installing.Release();
        }
    }

    private static string Here() => Path.Combine(AppContext.BaseDirectory, "OtherBrowsers");

    private static async Task<string> ComplaintsIfEndedAsync(Process browser, Task<string> complaints) => browser.HasExited ? await complaints : "";

    private static Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })
        ?? throw new InvalidOperationException($"{program} does not start");
}
