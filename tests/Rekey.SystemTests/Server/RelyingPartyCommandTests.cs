using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Rekey.Testing.Faults;
using Rekey.Testing.Institutions;

namespace Rekey.SystemTests.Server;

/// <summary>Relying parties on the command line, beside the service that lets them in.</summary>
public sealed class RelyingPartyCommandTests
{
    private const string Name = "云泽市公共资源交易平台";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_administrator_adds_lists_and_disables_a_relying_party_beside_the_running_service()
    {
        await using var site = await FaultSite.StartAsync(profiles: yaml => yaml.Replace("[digitalSignature, nonRepudiation]", "[digitalSignature, nonRepudiation, keyAgreement]", StringComparison.Ordinal));
        await using var rig = await HolderRig.EnrolAsync(site);
        var credential = Credential(await RunAsync(site, 0, "relying-party", "add", Name));
        Assert.Contains("already", await RunAsync(site, 78, "relying-party", "add", Name), StringComparison.Ordinal);
        Assert.Contains("one line", await RunAsync(site, 78, "relying-party", "add", "a|b"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Created, await PutAsync(site, rig, credential));

        var newer = Credential(await RunAsync(site, 0, "relying-party", "credential", Name));
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (await PutAsync(site, rig, credential), await PutAsync(site, rig, newer)));
        Assert.Matches($"{Name}  credential of .*  1 dates not passed", await RunAsync(site, 0, "relying-party", "list"));
        Assert.Matches($"2036-01-31  {Name}  tender-1  开标\\n.*  Active  {rig.Holder}", await RunAsync(site, 0, "needed-until", "--subscriber", rig.Holder));

        await RunAsync(site, 0, "relying-party", "disable", Name);
        Assert.Equal(HttpStatusCode.Unauthorized, await PutAsync(site, rig, newer));
        Assert.Matches("disabled since .*  1 dates not passed", await RunAsync(site, 0, "relying-party", "list"));
        await RunAsync(site, 0, "relying-party", "disable", Name, "--withdraw-dates");
        Assert.Contains("Nobody has registered", await RunAsync(site, 0, "needed-until", "--subscriber", rig.Holder), StringComparison.Ordinal);
        Assert.Contains("there is no relying party", await RunAsync(site, 78, "relying-party", "disable", "nobody"), StringComparison.Ordinal);
    }

    private static async Task<string> RunAsync(FaultSite site, int exitCode, params string[] command)
    {
        var (code, output) = await RekeyCommand.RunAsync(["ra", .. command, "--dir", site.Institution.Directory]);
        Assert.True(code == exitCode, output);
        return output;
    }

    private static string Credential(string output) => Regex.Match(output, @"credential\s+(\S+)").Groups[1].Value;

    private static async Task<HttpStatusCode> PutAsync(FaultSite site, HolderRig rig, string credential)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(site.Institution.Plan.Portal, "/api/v1/needed-until/tender-1"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", credential);
        request.Content = new StringContent(
            $$"""{"certificate":{"subscriber":"{{rig.Holder}}"},"until":"2036-01-31","reason":"开标"}""", System.Text.Encoding.UTF8, "application/json");
        using var answer = await http.SendAsync(request, Cancel);
        return answer.StatusCode;
    }
}
