using Rekey.Testing.Institutions;

namespace Rekey.SystemTests.Server;

/// <summary>The program <c>rekey</c> as an operator runs it.</summary>
public sealed class ServerProcessTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_parts_in_one_process_serve_and_serve_again_after_a_kill()
    {
        using var site = await StoppedInstitution.CreateAsync();
        await using var server = await ServerProcess.StartAsync("all", site.Directory);
        using var http = new HttpClient();
        await ServesAsync();

        await server.KillAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(site.Institution.Plan.Portal, Cancel));

        await server.StartAgainAsync();
        await ServesAsync();
        Assert.Equal(0, await server.StopAsync());

        async Task ServesAsync()
        {
            Assert.Contains("云泽市", await http.GetStringAsync(new Uri(site.Institution.Plan.Portal, "/CaUpdate/"), Cancel), StringComparison.Ordinal);
            Assert.NotEmpty(await http.GetByteArrayAsync(new Uri(site.Institution.Plan.Publisher, "/ca/issuing.cer"), Cancel));
        }
    }

    [Fact]
    public async Task A_wrong_setting_ends_it_with_file_line_and_field()
    {
        using var site = await StoppedInstitution.CreateAsync();
        await File.AppendAllTextAsync(Path.Combine(site.Directory, "rekey.yaml"), "publsh: 1\n", Cancel);
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => ServerProcess.StartAsync("all", site.Directory));
        Assert.Matches(@"rekey\.yaml:\d+: publsh: unknown key", e.Message);
    }
}
