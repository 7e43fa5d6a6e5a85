using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Dicom;
using PancreasSeg.Network;
using PancreasSeg.Nifti;
using PancreasSeg.Preprocess;
using PancreasSeg.Simulation;
using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

public sealed class DataSetTests : IDisposable
{
    private static readonly VolumeGrid s_grid = VolumeGrid.Axial(24, 20, 12, new(2, 2, 3));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Pairs_in_folders_are_found_by_name_with_or_without_a_channel_number()
    {
        Write("imagesTr/b_0000.nii.gz", "labelsTr/b.nii.gz");
        Write("imagesTr/a.nii.gz", "labelsTr/a.nii.gz");
        Write("imagesTr/b.2_0000.nii.gz", "labelsTr/b.2.nii.gz");
        IReadOnlyList<TrainingCaseSource> cases = TrainingDataSet.Find(_folder.FullName);
        Assert.Equal(["a", "b", "b.2"], cases.Select(c => c.Name).Order());
        cases = [.. cases.OrderBy(c => c.Name, StringComparer.Ordinal)];
        TrainingCase read = cases[1].Read(default);
        Assert.Equal((24, 1), (read.Image.Grid.Columns, read.Label.Count(1)));
        Assert.Equal([_folder.File("imagesTr/b_0000.nii.gz"), _folder.File("labelsTr/b.nii.gz")], cases[1].Files);
    }

    [Fact]
    public void The_list_in_dataset_json_decides_where_there_is_one()
    {
        Write("imagesTr/a.nii.gz", "labelsTr/a.nii.gz");
        Write("imagesTr/b.nii.gz", "labelsTr/b.nii.gz");
        File.WriteAllText(
            _folder.File("dataset.json"), """{ "training": [{ "image": "./imagesTr/b.nii.gz", "label": "./labelsTr/b.nii.gz" }] }""");
        Assert.Equal(["b"], TrainingDataSet.Find(_folder.FullName).Select(c => c.Name));
    }

    [Theory]
    [InlineData("a.nii.gz")]
    [InlineData("a_0000.nii.gz")]
    public void A_listed_image_may_have_a_channel_number_on_disk_alone(string onDisk)
    {
        Write($"imagesTr/{onDisk}", "labelsTr/a.nii.gz");
        File.WriteAllText(
            _folder.File("dataset.json"), """{ "training": [{ "image": "./imagesTr/a.nii.gz", "label": "./labelsTr/a.nii.gz" }] }""");
        TrainingCaseSource only = Assert.Single(TrainingDataSet.Find(_folder.FullName));
        Assert.Equal(("a", "a", _folder.File($"imagesTr/{onDisk}")), (only.Name, only.Read(default).Name, only.Files[0]));
    }

    [Theory]
    [InlineData("""{ "labels": { "0": "background", "1": "pancreas", "2": "cancer" } }""", 1)]
    [InlineData("""{ "labels": { "background": 0, "liver": 1, "pancreas": 2 } }""", 2)]
    [InlineData("""{ "labels": { "0": "background", "1": "spleen", "11": "Pancreas" } }""", 11)]
    [InlineData("""{ "labels": { "background": "0", "lesion": 1, "veins": 2, "pancreas parenchyma": 4 } }""", 4)]
    [InlineData("""{ "labels": { "pancreas": [3], "pancreas tumour": 5 } }""", 3)]
    [InlineData("""{ "labels": {} }""", null)]
    [InlineData("""{ "training": [] }""", null)]
    [InlineData(null, null)]
    public void The_label_named_pancreas_is_taken(string? json, int? expected)
    {
        if (json is not null) File.WriteAllText(_folder.File("dataset.json"), json);
        Assert.Equal(expected, TrainingDataSet.PancreasLabel(_folder.FullName));
    }

    [Theory]
    [InlineData(new byte[] { 1 }, true, true)]
    [InlineData(new byte[] { 1, 2 }, true, true)]
    [InlineData(new byte[] { 1, 3, 11 }, true, false)]
    [InlineData(new byte[] { 1, 3, 11 }, false, true)]
    public void A_file_of_many_labels_without_names_is_not_guessed_at(byte[] labels, bool fromFile, bool isRead)
    {
        VolumeGrid grid = VolumeGrid.Axial(2, 2, 1, new(1, 1, 1));
        var map = new LabelVolume(grid, [.. labels, .. new byte[4 - labels.Length]], new VolumeSource("a", fromFile ? "a.nii" : null));
        TrainingCaseSource item = TrainingCaseSource.Of(new TrainingCase(new CtVolume(grid, new float[4], new VolumeSource("a")), map, "a"))
            .WithoutNames();
        if (isRead) Assert.Same(map, item.Read(CancellationToken.None).Label);
        else
            Assert.Contains("1, 3, 11", Assert.Throws<CoreException>(() => item.Read(CancellationToken.None)).Message,
                StringComparison.Ordinal);
    }

    // Voxels of 1 mL.
    [Theory]
    [InlineData(600, false)]
    [InlineData(601, true)]
    public void A_label_larger_than_any_pancreas_is_not_trained(int millilitres, bool isRefused)
    {
        VolumeGrid grid = VolumeGrid.Axial(16, 16, 8, new(10, 10, 10));
        short[] hu = [.. Enumerable.Range(0, grid.VoxelCount).Select(i => (short)(i < millilitres ? 60 : -50))];
        byte[] labels = [.. hu.Select(value => value > 0 ? (byte)1 : (byte)0)];
        var source = new VolumeSource("a");
        var item = new TrainingCase(new CtVolume(grid, hu, source), new LabelVolume(grid, labels, source), source.Name);
        var options = new TrainingOptions { Plan = new PreprocessPlan { Spacing = [10, 10, 10] } };
        void Create() => TrainingSet.Create([TrainingCaseSource.Of(item)], [], options, new TrainingHost(), default);
        if (!isRefused) Create();
        else
            Assert.Contains("'a': no pancreas has 601 mL; label 1 is another organ's", Assert.Throws<CoreException>(Create).Message,
                StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "labels": { "background": 0, "liver": 1, "spleen": 2 } }""", "1 liver")]
    [InlineData("""{ "labels": { "0": "background", "1": "lesion" } }""", "1 lesion")]
    [InlineData("""{ "labels": { "pancreas head": 1, "pancreas tail": 2 } }""", "2 pancreas tail")]
    [InlineData("""{ "labels": { "background": 0, "pancreas": [1, 2] } }""", "1+2 pancreas")]
    [InlineData("""{ "labels": { "background": 0, "pancreas": 300 } }""", "300 pancreas")]
    [InlineData("""{ "labels": { "pancreas": 1.5 } }""", "no whole number")]
    [InlineData("""{ "labels": """, "cannot be read")]
    public void Names_that_do_not_tell_the_pancreas_are_refused(string json, string says)
    {
        File.WriteAllText(_folder.File("dataset.json"), json);
        CoreException e = Assert.Throws<CoreException>(() => TrainingDataSet.PancreasLabel(_folder.FullName));
        Assert.Equal(Fault.TrainingDataInvalid, e.Fault);
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { "c1.nii", "c2.nii", "c3.nii" }, new[] { "c2.nii", "c3.nii", "c4.nii" }, new[] { "c1>c2", "c2>c3" })]
    [InlineData(new[] { "img0001.nii.gz", "img0002.nii.gz" }, new[] { "label0002.nii.gz", "label0001.nii.gz" },
        new[] { "img0001>img0002", "img0002>img0001" })]
    [InlineData(new[] { "img0001.nii.gz", "img0002.nii.gz" }, new[] { "label2.nii.gz", "label1.nii.gz" },
        new[] { "img0001>img0002", "img0002>img0001" })]
    [InlineData(new[] { "a_1_0000.nii.gz", "a_2_0000.nii.gz" }, new[] { "a_1.nii.gz", "a_2.nii.gz" }, new string[0])]
    [InlineData(new[] { "img0001.nii.gz", "img0002.nii.gz" }, new[] { "label1.nii.gz", "label2.nii.gz" }, new string[0])]
    [InlineData(new[] { "s1/ct.nii", "s2/ct.nii" }, new[] { "s2/mask.nii", "s1/mask.nii" }, new[] { "ct>ct", "ct>ct" })]
    [InlineData(new[] { "s1/ct.nii", "s2/ct.nii" }, new[] { "s1/mask.nii", "s2/mask.nii" }, new string[0])]
    [InlineData(new[] { "ct_3mm.nii" }, new[] { "mask_v2.nii" }, new string[0])]
    [InlineData(new[] { "x.nii", "y.nii" }, new[] { "p.nii", "q.nii" }, new string[0])]
    public void Pairs_out_of_step_are_told_by_their_numbers(string[] images, string[] labels, string[] expected)
    {
        TrainingCaseSource[] cases = [.. images.Zip(labels, (image, label) =>
            new TrainingCaseSource(NiftiFile.NameOf(image), _ => null!) { Files = [$"/{image}", $"/{label}"] })];
        Assert.Equal(expected, PairOrder.Crossed(cases).Select(crossed => $"{crossed.Case}>{crossed.LabelOf}"));
    }

    [Fact]
    public void Hidden_files_beside_the_images_are_no_images()
    {
        Write("imagesTr/a.nii.gz", "labelsTr/a.nii.gz");
        File.WriteAllBytes(_folder.File("imagesTr/._a.nii.gz"), [0, 5, 22, 7]);
        Assert.Equal("a", Assert.Single(TrainingDataSet.Find(_folder.FullName)).Name);
    }

    [Fact]
    public void A_folder_may_be_named_with_a_separator_at_its_end()
    {
        Write("imagesTr/a.nii.gz", "labelsTr/a.nii.gz");
        File.WriteAllText(
            _folder.File("dataset.json"), """{ "training": [{ "image": "./imagesTr/a.nii.gz", "label": "./labelsTr/a.nii.gz" }] }""");
        Assert.Equal("a", Assert.Single(TrainingDataSet.Find(_folder.FullName + Path.DirectorySeparatorChar)).Name);
    }

    [Theory]
    [InlineData("""{ "training": [{ "image": "../outside.nii.gz", "label": "./labelsTr/b.nii.gz" }] }""", "outside of its folder")]
    [InlineData("""{ "training": [{ "image": "./imagesTr/a.nii.gz" }] }""", "needs \"image\" and \"label\"")]
    [InlineData("{", "cannot be read")]
    public void A_list_that_leads_nowhere_is_refused(string json, string text)
    {
        Write("imagesTr/a.nii.gz", "labelsTr/a.nii.gz");
        File.WriteAllText(_folder.File("dataset.json"), json);
        CoreException error = Assert.Throws<CoreException>(() => TrainingDataSet.Find(_folder.FullName));
        Assert.Equal(Fault.TrainingDataInvalid, error.Fault);
        Assert.Contains(text, error.Message + error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_patient_without_label_and_label_without_patient_is_listed()
    {
        foreach (string folder in new[] { "PANCREAS_0001", "PANCREAS_0002", "PANCREAS_0004", "PANCREAS_0005", "CASE_5" })
            Directory.CreateDirectory(_folder.File(folder));
        foreach (string label in new[] { "label0001.nii.gz", "label0003.nii.gz", "label0005.nii.gz" })
            File.WriteAllBytes(_folder.File(label), []);
        string message = Faults(TrainingDataSet.Find(_folder.FullName));
        Assert.Contains("'PANCREAS_0002': it has no label", message, StringComparison.Ordinal);
        Assert.Contains("'PANCREAS_0004': it has no label", message, StringComparison.Ordinal);
        Assert.Contains("'label0003': there is no DICOM folder", message, StringComparison.Ordinal);
        Assert.Contains("its number occurs more than once", message, StringComparison.Ordinal);
        // The one that is complete is read: it holds no DICOM.
        Assert.Contains("'PANCREAS_0001'", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_files_bad_grids_and_unreadable_cases_are_told_in_one_error()
    {
        Write("imagesTr/a.nii.gz", "labelsTr/a.nii.gz");
        Write("imagesTr/b.nii.gz", "labelsTr/b.nii.gz");
        File.Delete(_folder.File("labelsTr/a.nii.gz"));
        Write("imagesTr/d_0000.nii.gz", "labelsTr/d.nii.gz");
        File.Delete(_folder.File("labelsTr/d.nii.gz"));
        NiftiFile.Write(_folder.File("labelsTr/b.nii.gz"),
            new LabelVolume(VolumeGrid.Axial(4, 4, 4, new(1, 1, 1)), new byte[64], new VolumeSource("labels")));
        var unreadable = new TrainingCaseSource("c", _ => throw new IOException("the share is gone"));
        string message = Faults([.. TrainingDataSet.Find(_folder.FullName), unreadable]);
        Assert.Contains($"'a': '{Path.Combine("labelsTr", "a.nii.gz")}' does not exist", message, StringComparison.Ordinal);
        Assert.Contains($"'d': '{Path.Combine("labelsTr", "d.nii.gz")}' does not exist", message, StringComparison.Ordinal);
        Assert.Contains("do not lie on the same voxels", message, StringComparison.Ordinal);
        Assert.Contains("'c': the share is gone", message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Flips))]
    public void Labels_stored_in_another_order_make_the_same_case(bool columns, bool rows, bool slices)
    {
        (CtVolume ct, byte[] truth) = Gland();
        byte[] stored = Mirrored(truth, columns, rows, slices);
        // A header that says so, and is rounded by 1 % of a voxel.
        var affine = new AffineTransform(new(columns ? -2 : 2, 0, 0), new(0, rows ? -2 : 2, 0), new(0, 0, slices ? -3 : 3),
            new(columns ? 46.02 : 0.02, rows ? 38 : 0, slices ? 33 : 0));
        PreparedCase plain = Prepared(new LabelVolume(s_grid, truth, new VolumeSource("labels")));
        PreparedCase other = Prepared(new LabelVolume(new VolumeGrid(24, 20, 12, affine), stored, new VolumeSource("labels")));
        Assert.Equal(plain.Sha256(), other.Sha256());
        Assert.Equal(plain.Reference!.Grid, other.Reference!.Grid);
        Assert.Equal(truth, other.Reference.ToVolume("reference").Labels.ToArray());
        Assert.Equal(columns || rows || slices
            ? [$"labels reordered from {(columns ? 'R' : 'L')}{(rows ? 'A' : 'P')}{(slices ? 'I' : 'S')} to LPS"] : [], other.Notes);

        PreparedCase Prepared(LabelVolume labels) =>
            Assert.Single(TrainingSet.Create([TrainingCaseSource.Of(new TrainingCase(ct, labels, "case"))], null,
            new TrainingOptions { Plan = new PreprocessPlan { Size = [16, 16, 8] } }, new TrainingHost(), default).Training);
    }

    private static string Faults(IReadOnlyList<TrainingCaseSource> cases)
    {
        CoreException error =
            Assert.Throws<CoreException>(() => TrainingSet.Create(cases, null, new TrainingOptions(), new TrainingHost(), default));
        Assert.Equal(Fault.TrainingDataInvalid, error.Fault);
        return error.Message;
    }

    [Fact]
    public void Patients_and_labels_are_matched_by_number_wherever_the_labels_lie()
    {
        Directory.CreateDirectory(_folder.File("PANCREAS_0012"));
        Directory.CreateDirectory(_folder.File("TCIA_pancreas_labels-02-05-2017"));
        File.WriteAllBytes(_folder.File("TCIA_pancreas_labels-02-05-2017/label0012.nii.gz"), []);
        TrainingCaseSource only = Assert.Single(TrainingDataSet.Find(_folder.FullName));
        Assert.Equal("PANCREAS_0012", only.Name);
    }

    [Fact]
    public void A_patients_folder_may_hold_its_own_label()
    {
        byte[] truth = [.. Enumerable.Range(0, 6 * 5 * 7).Select(i => i % 6 < 2 && i / 6 % 5 < 2 && i / 30 < 3 ? (byte)1 : (byte)0)];
        using TestSeries series = new TestSeries().Each((slice, k) =>
            slice.Samples(DicomTag.PixelData, [.. Enumerable.Range(30 * k, 30).Select(i => (ushort)(truth[i] == 1 ? 1104 : 924))])).Save();
        // A folder below a patient's is part of the patient, whatever its name.
        Directory.CreateDirectory(_folder.File("PANCREAS_0007/series7"));
        foreach (string file in Directory.GetFiles(series.Folder))
            File.Copy(file, _folder.File($"PANCREAS_0007/series7/{Path.GetFileName(file)}"));
        NiftiFile.Write(_folder.File("PANCREAS_0007/label0007.nii.gz"),
            new LabelVolume(VolumeGrid.Axial(6, 5, 7, new(1, 1, 1)), truth, new VolumeSource("labels")));
        TrainingCaseSource only = Assert.Single(TrainingDataSet.Find(_folder.FullName));
        Assert.Equal("PANCREAS_0007", only.Name);
        Assert.Equal(truth, only.Read(default).Label.Labels.ToArray());
    }

    [Fact]
    public void A_folder_of_anything_else_is_no_data_set() =>
        Assert.Contains(
            "imagesTr", Assert.Throws<CoreException>(() => TrainingDataSet.Find(_folder.FullName)).Remedy, StringComparison.Ordinal);

    public static TheoryData<bool, bool, bool> Flips()
    {
        var flips = new TheoryData<bool, bool, bool>();
        for (int i = 0; i < 8; i++) flips.Add((i & 1) != 0, (i & 2) != 0, (i & 4) != 0);
        return flips;
    }

    [Theory]
    [MemberData(nameof(Flips))]
    public void Labels_find_their_place_however_they_are_flipped(bool columns, bool rows, bool slices)
    {
        (CtVolume ct, byte[] truth) = Gland();
        // With a header that lies.
        byte[] stored = Mirrored(truth, columns, rows, slices);
        var labels = new LabelVolume(VolumeGrid.Axial(24, 20, 12, new(9, 9, 9), new(500, 0, 0)), stored, new VolumeSource("labels"));
        LabelVolume aligned = LabelAlignment.Align(ct, labels, 1);
        Assert.Equal(ct.Grid, aligned.Grid);
        Assert.Equal(truth, aligned.Labels.ToArray());
        string note = Assert.Single(aligned.Source.Notes);
        Assert.Equal(
            (columns, rows, slices), (note.Contains("columns", StringComparison.Ordinal), note.Contains("rows", StringComparison.Ordinal),
                note.Contains("slices", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Flips))]
    public void Labels_lie_as_they_are_said_to_and_a_clear_untruth_is_told(bool columns, bool rows, bool slices)
    {
        (CtVolume ct, byte[] truth) = Gland();
        string right = Said(columns, rows, slices);
        var labels = new LabelVolume(VolumeGrid.Axial(24, 20, 12, new(9, 9, 9), new(500, 0, 0)),
            Mirrored(truth, columns, rows, slices), new VolumeSource("labels"));
        TrainingCaseSource source = TrainingCaseSource.Of(new TrainingCase(ct, labels, "case"));
        LabelVolume laid = source.WithLabelsAs(right, 1).Read(default).Label;
        Assert.Equal(ct.Grid, laid.Grid);
        Assert.Equal(truth, laid.Labels.ToArray());
        Assert.Equal([$"labels taken as {right}, where they lie over a gland"], laid.Source.Notes);
        foreach (string other in Enumerable.Range(0, 8).Select(i => Said((i & 1) != 0, (i & 2) != 0, (i & 4) != 0)).Where(o => o != right))
            Assert.Contains($"lie over a gland as {right}, not as {other}", Assert.Throws<CoreException>(
                () => source.WithLabelsAs(other, 1).Read(default)).Message, StringComparison.Ordinal);

        static string Said(bool columns, bool rows, bool slices) => $"{(columns ? 'R' : 'L')}{(rows ? 'A' : 'P')}{(slices ? 'I' : 'S')}";
    }

    [Fact]
    public void Axes_may_be_exchanged_and_a_CT_that_does_not_tell_is_no_obstacle()
    {
        (CtVolume ct, byte[] truth) = Gland();
        // Slices, columns and rows in place of columns, rows and slices; the rows run the other way.
        var stored = new byte[truth.Length];
        for (int i = 0; i < truth.Length; i++)
        {
            (int column, int row, int slice) = s_grid.VoxelOf(i);
            stored[slice + 12 * (column + 24 * (19 - row))] = truth[i];
        }
        var labels = new LabelVolume(VolumeGrid.Axial(12, 24, 20, new(1, 1, 1)), stored, new VolumeSource("labels"));
        Assert.Equal(truth, Laid(ct, labels, "SLA").Labels.ToArray());
        Assert.Equal(Fault.GridMismatch, Assert.Throws<CoreException>(() => Laid(ct, labels, "LSA")).Fault);
        CtVolume liver = new(s_grid, Enumerable.Repeat((short)90, s_grid.VoxelCount).ToArray(), ct.Source);
        LabelVolume unclear = Laid(liver, labels, "SLP");
        Assert.NotEqual(truth, unclear.Labels.ToArray());
        Assert.EndsWith("neither confirms nor denies", Assert.Single(unclear.Source.Notes), StringComparison.Ordinal);

        static LabelVolume Laid(CtVolume ct, LabelVolume labels, string said) =>
            TrainingCaseSource.Of(new TrainingCase(ct, labels, "case")).WithLabelsAs(said, 1).Read(default).Label;
    }

    [Theory]
    [InlineData("LP")]
    [InlineData("LPL")]
    [InlineData("LPSX")]
    [InlineData("lps")]
    public void What_names_no_three_directions_is_refused(string said) => Assert.Equal(Fault.SettingInvalid,
        Assert.Throws<CoreException>(() => new TrainingCaseSource("case", _ => null!).WithLabelsAs(said, 1)).Fault);

    [Theory]
    [InlineData("""{ "labels": { "0": "background", "1": "pancreas", "2": "Liver", "7": "adrenal" } }""")]
    [InlineData("""{ "labels": { "background": 0, "pancreas": 1, "Liver": 2, "adrenal": 7, "both": [2, 7] } }""")]
    public void Other_labels_are_classes_to_learn(string json)
    {
        File.WriteAllText(_folder.File("dataset.json"), json);
        IReadOnlyList<AuxiliaryClass> others = TrainingDataSet.OtherLabels(_folder.FullName, 1);
        Assert.Equal(["liver 2", "adrenal 7"], others.Select(c => $"{c.Name} {c.Labels.Single()}"));
        Assert.Equal(SimulatedCases.AuxiliaryClasses.Single(c => c.Name == "liver").Weight, others[0].Weight);
        Assert.Equal(["pancreas", "adrenal"], TrainingDataSet.OtherLabels(_folder.FullName, 2).Select(c => c.Name));
    }

    [Fact]
    public void Labels_of_simulated_patients_are_laid_right_or_refused_and_most_are_laid()
    {
        int laid = 0;
        for (int seed = 1; seed <= 12; seed++)
        {
            PhantomCase patient = CtPhantom.Create(new PhantomOptions { Seed = seed, Size = (128, 96, 48), Spacing = new(3, 3, 3.75) });
            AxisFlip flip = AxisFlip.All[seed % 8];
            var stored = new LabelVolume(patient.Label.Grid, flip.Apply(patient.Label), patient.Label.Source);
            try
            {
                LabelVolume aligned = LabelAlignment.Align(patient.Image, stored, (byte)PhantomLabel.Pancreas);
                Assert.Equal(patient.Label.Labels.ToArray(), aligned.Labels.ToArray());
                laid++;
            }
            catch (CoreException e)
            {
                Assert.Equal(Fault.TrainingDataInvalid, e.Fault);
            }
        }
        Assert.InRange(laid, 8, 12);
    }

    [Fact]
    public void Labels_that_fit_nowhere_or_in_two_ways_are_refused()
    {
        (CtVolume ct, byte[] truth) = Gland();
        LabelVolume labels = new(s_grid, truth, new VolumeSource("labels"));
        CtVolume fat = new(s_grid, Enumerable.Repeat((short)-100, s_grid.VoxelCount).ToArray(), ct.Source);
        Assert.Contains("do not lie over a gland", Message(fat, labels), StringComparison.Ordinal);
        CtVolume liver = new(s_grid, Enumerable.Repeat((short)90, s_grid.VoxelCount).ToArray(), ct.Source);
        Assert.Contains("8 ways", Message(liver, labels), StringComparison.Ordinal);
        // The middle of a large organ, which has no edge where the labels have theirs.
        short[] organ =
            [.. Enumerable.Range(0, s_grid.VoxelCount).Select(i => (short)(i % 24 < 12 && i / 24 % 20 < 10 && i / 480 < 6 ? 90 : -100))];
        Assert.Contains("do not lie over a gland", Message(new CtVolume(s_grid, organ, ct.Source), labels), StringComparison.Ordinal);
        // A second gland where the columns run the other way.
        short[] twice = ct.Integers.ToArray();
        for (int i = 0; i < twice.Length; i++) twice[i] = Math.Max(ct.Integers.Span[i], ct.Integers.Span[i / 24 * 24 + 23 - i % 24]);
        Assert.Contains("2 ways", Message(new CtVolume(s_grid, twice, ct.Source), labels), StringComparison.Ordinal);
        // A little less even than the first, whose voxels scatter by 10 HU.
        for (int i = 0; i < twice.Length; i++)
            if (twice[i] == 80) twice[i] += (short)((i % 2 == 0 ? 1 : -1) * (truth[i] == 1 ? 10 : 11));
        Assert.Contains("2 ways", Message(new CtVolume(s_grid, twice, ct.Source), labels), StringComparison.Ordinal);
        Assert.Contains(
            "in pieces", Message(ct, new LabelVolume(s_grid, Scattered(), new VolumeSource("labels"))), StringComparison.Ordinal);
        Assert.Contains("no voxel", Message(ct, new LabelVolume(s_grid, new byte[s_grid.VoxelCount], new VolumeSource("labels"))),
            StringComparison.Ordinal);
        Assert.Equal(Fault.GridMismatch, Assert.Throws<CoreException>(() =>
            LabelAlignment.Align(
                ct, new LabelVolume(VolumeGrid.Axial(4, 4, 4, new(1, 1, 1)), new byte[64], new VolumeSource("labels")), 1)).Fault);

        static string Message(CtVolume ct, LabelVolume labels) =>
            Assert.Throws<CoreException>(() => LabelAlignment.Align(ct, labels, 1)).Message;
        static byte[] Scattered()
        {
            var labels = new byte[s_grid.VoxelCount];
            for (int i = 0; i < labels.Length; i += 5) labels[i] = (byte)(i / 24 % 2 == 0 ? 1 : 0);
            return labels;
        }
    }

    [Fact]
    public void The_best_threshold_follows_what_is_asked_for()
    {
        OperatingPoint[] curve = [new(0.2, 0.95, 0.5), new(0.5, 0.8, 0.8), new(0.8, 0.5, 0.95)];
        PancreasModel model = TestModels.WithCurve(curve);
        Assert.Equal([0.5, 0.2, 0.8],
            new[] { OperatingPointKind.Balanced, OperatingPointKind.Recall, OperatingPointKind.Precision }.Select(model.ThresholdFor));
        Assert.Equal(Fault.OperatingPointMissing, Assert.Throws<CoreException>(() => TestModels.WithCurve([]).ThresholdFor(default)).Fault);
    }

    /// <summary>A gland of 80 HU off every middle plane in fat.</summary>
    private static (CtVolume Ct, byte[] Truth) Gland()
    {
        var hu = new short[s_grid.VoxelCount];
        var truth = new byte[s_grid.VoxelCount];
        for (int k = 0; k < 12; k++)
            for (int j = 0; j < 20; j++)
                for (int i = 0; i < 24; i++)
                {
                    bool gland = i is >= 2 and < 9 && j is >= 3 and < 8 && k is >= 1 and < 4;
                    (hu[s_grid.IndexOf(i, j, k)], truth[s_grid.IndexOf(i, j, k)]) =
                        (gland ? (short)80 : (short)-100, gland ? (byte)1 : (byte)0);
                }
        return (new CtVolume(s_grid, hu, new VolumeSource("ct")), truth);
    }

    /// <summary>The slow way: voxel by voxel into another array.</summary>
    private static byte[] Mirrored(byte[] truth, bool columns, bool rows, bool slices)
    {
        var stored = new byte[truth.Length];
        for (int k = 0; k < 12; k++)
            for (int j = 0; j < 20; j++)
                for (int i = 0; i < 24; i++)
                    stored[(columns ? 23 - i : i) + 24 * ((rows ? 19 - j : j) + 20 * (slices ? 11 - k : k))] = truth[i + 24 * (j + 20 * k)];
        return stored;
    }

    private void Write(string image, string label)
    {
        foreach (string file in new[] { image, label }) Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(file))!);
        var labels = new byte[s_grid.VoxelCount];
        labels[100] = 1;
        NiftiFile.Write(_folder.File(image), new CtVolume(s_grid, new short[s_grid.VoxelCount], new VolumeSource("ct")));
        NiftiFile.Write(_folder.File(label), new LabelVolume(s_grid, labels, new VolumeSource("labels")));
    }
}
