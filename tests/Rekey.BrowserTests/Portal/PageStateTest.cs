using Rekey.Testing.Portal;

namespace Rekey.BrowserTests.Portal;

/// <summary>Every state that a page of the portal can be in: reached, looked at, and checked in both languages, narrow and dark.</summary>
public abstract class PageStateTest(Browser browser) : PortalTest(browser)
{
    protected override Task<PortalHost> StartPortalAsync() => PortalHost.StartAsync(o => o with
    {
        Sessions = o.Sessions with
        {
            MinAgentVersion = new(0, 9, 0),
            BusinessSystems = [new() { Name = new() { Zh = "监管信息业务系统", En = "Supervision system" }, Url = new("http://localhost:9/business/") }],
            Installers =
            [
                new() { System = new() { Zh = "Windows 10 / 11（64 位）", En = "Windows 10 / 11 (64 bit)" }, UserAgentWords = ["Windows"], Url = new("/agent/rekey-agent.exe", UriKind.Relative), Sha256 = new string('a', 64), Bytes = 14_700_000 },
                new() { System = new() { Zh = "Debian、统信 UOS", En = "Debian, UOS" }, UserAgentWords = ["Linux"], Url = new("/agent/rekey-agent_0.1.0_amd64.deb", UriKind.Relative), Sha256 = new string('b', 64), Bytes = 6_800_000 },
            ],
        },
    });

    protected static byte[] Foreign()
    {
        using var bank = new DemoPki("某银行网上银行 CA");
        return bank.Issue("某银行网上银行证书", DemoPki.Day("2024-01-01"), DemoPki.Day("2027-01-01"));
    }
}
