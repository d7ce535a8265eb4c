using Rekey.Ca.Ceremony;
using Rekey.Server.Diagnosis;
using Rekey.Server.Settings;
using Rekey.Testing;
using Rekey.Testing.Institutions;

namespace Rekey.SystemTests.Server;

/// <summary><c>rekey doctor</c>: what is wrong is red, says what to do, and hides nothing else.</summary>
public sealed class DoctorTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_healthy_institution_has_nothing_red()
    {
        await using var site = await ProcessInstitution.StartAsync();
        var (code, output) = await Command.RunAsync(ServerProcess.Program, "doctor", "--dir", site.Institution.Directory);
        Assert.True(code == 0, output);
        Assert.Contains("embedded", output, StringComparison.Ordinal);
        Assert.Contains("CRL of issuing is fresh", output, StringComparison.Ordinal);
        Assert.Contains(" 0 red", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_broken_is_red_and_each_line_says_what_to_do()
    {
        using var site = await StoppedInstitution.CreateAsync();
        var ca = Path.Combine(site.Directory, "ca");
        File.SetUnixFileMode(Path.Combine(ca, "ra", "ra.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        File.Delete(Path.Combine(site.Directory, "ra.db"));
        File.Move(Path.Combine(ca, "keys", "cmp.key"), Path.Combine(ca, "keys", "cmp.old"));
        File.Copy(Path.Combine(ca, "keys", "ocsp.key"), Path.Combine(ca, "keys", "cmp.key"));

        var (code, output) = await Command.RunAsync(ServerProcess.Program, "doctor", "--dir", site.Directory);

        Assert.Equal(1, code);
        Assert.Contains("chmod 600", output, StringComparison.Ordinal);
        Assert.Contains("store ra: there is no file ra.db", output, StringComparison.Ordinal);
        Assert.Contains("cmp.key: does not belong to the certificate", output, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(site.Directory, "ra.db"))); // it looks and makes nothing
        var red = await new Doctor(site.Directory, TimeProvider.System).RunAsync(Cancel);
        Assert.Equal(3, red.Count(f => f.Mark == Mark.Red));
        Assert.All(red.Where(f => f.Mark != Mark.Ok), f => Assert.False(string.IsNullOrEmpty(f.Action)));
    }

    [Fact]
    public async Task A_wrong_setting_is_named_with_its_line()
    {
        using var site = await StoppedInstitution.CreateAsync();
        await File.AppendAllTextAsync(Path.Combine(site.Directory, "rekey.yaml"), "lisen: x\n", Cancel);
        var finding = Assert.Single(await new Doctor(site.Directory, TimeProvider.System).RunAsync(Cancel));
        Assert.Equal(Mark.Red, finding.Mark);
        Assert.Matches(@"rekey\.yaml:\d+: lisen: unknown key", finding.Text);
    }

    [Theory]
    [InlineData(100, "Ok")]
    [InlineData(20, "Warn")]
    [InlineData(3, "Red")]
    [InlineData(-1, "Red")]
    public async Task A_service_certificate_that_ends_soon_is_noticed_in_time(int daysLeft, string mark)
    {
        using var site = await StoppedInstitution.CreateAsync();
        var time = InstitutionPlan.Clock(DateTimeOffset.UtcNow.AddYears(2).AddDays(-daysLeft) - DateTimeOffset.UtcNow);
        var findings = await new Doctor(site.Directory, time).RunAsync(Cancel);
        foreach (var what in new[] { "the RA's certificate", "OCSP signer of issuing", "the CA's CMP signer" })
        {
            Assert.Equal(mark, findings.Single(f => f.Text.StartsWith(what, StringComparison.Ordinal)).Mark.ToString());
        }

        Assert.Equal(Mark.Ok, findings.Single(f => f.Text.StartsWith("issuing CA", StringComparison.Ordinal)).Mark);
    }

    [Fact]
    public async Task A_root_CRL_that_ends_soon_is_noticed_in_time_where_it_is_made_and_where_it_is_published()
    {
        using var site = await StoppedInstitution.CreateAsync(p => p with { Topology = Topology.Split });
        var hosts = site.Institution.Hosts!;
        var crl = Path.Combine(site.Directory, "ca", "crl", "root.crl");
        Directory.CreateDirectory(Path.Combine(hosts.Publish, "published"));
        File.Copy(crl, Path.Combine(hosts.Publish, "published", "root.crl"));
        foreach (var (daysLeft, mark) in new[] { (100, Mark.Ok), (20, Mark.Warn), (3, Mark.Red), (-1, Mark.Red) })
        {
            var time = InstitutionPlan.Clock(TimeSpan.FromDays(RootCrlOrder.DefaultDays - daysLeft));
            foreach (var directory in new[] { hosts.Ca, hosts.Publish })
            {
                var finding = Expiries.Of(ServerSettings.Load(directory)).Single(e => e.What == "CRL of root").At(time.GetUtcNow());
                Assert.Equal((daysLeft, mark), (daysLeft, finding.Mark));
                Assert.Equal(mark != Mark.Ok, finding.ToString().Contains("rekey ca root-crl", StringComparison.Ordinal));
            }
        }

        Assert.Contains(await new Doctor(hosts.Publish, TimeProvider.System).RunAsync(Cancel), f => f.Mark == Mark.Ok && f.Text.StartsWith("CRL of root", StringComparison.Ordinal));
        File.Delete(crl);
        Assert.Contains(await new Doctor(hosts.Ca, TimeProvider.System).RunAsync(Cancel), f => f.Mark == Mark.Red && f.Text.StartsWith("CRL root:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_RA_whose_CA_does_not_answer_is_red_and_green_when_it_does()
    {
        await using var site = await ProcessInstitution.StartAsync(p => p with { Topology = Topology.Split });
        var hosts = site.Institution.Hosts!;
        Assert.Contains(await DiagnoseAsync(), f => f.Mark == Mark.Ok && f.Text.EndsWith("answers", StringComparison.Ordinal));
        await site.Processes["ca"].KillAsync();
        Assert.Contains(await DiagnoseAsync(), f => f.Mark == Mark.Red && f.Text.StartsWith($"the CA at {hosts.CaAddress}", StringComparison.Ordinal));
        // The other hosts are judged by what they have.
        foreach (var directory in new[] { hosts.Ca, hosts.Publish })
        {
            Assert.DoesNotContain(await new Doctor(directory, TimeProvider.System).RunAsync(Cancel), f => f.Mark == Mark.Red);
        }

        Task<IReadOnlyList<Finding>> DiagnoseAsync() => new Doctor(hosts.Ra[0], TimeProvider.System).RunAsync(Cancel);
    }
}
